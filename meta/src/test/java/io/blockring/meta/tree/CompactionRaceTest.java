package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.Caller;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What happens between the two transactions of a compaction. */
class CompactionRaceTest {
    private static final int CELL = SliceStore.CELL_BYTES;

    @Test
    void aFileCopiedJustAfterACompactionKeepsItsReference() throws Exception {
        var atSync = new AtomicReference<@Nullable Callable<?>>();
        TestStores real = TestStores.memory(new MemoryByteStore(false));
        var volume = new TestVolume(new TestStores(callingAtSync(real.engine(), atSync), real::dump), 0);
        try (VolumeTree tree = volume.mount()) {
            long f = file(tree, "f");
            long copy = file(tree, "copy");
            for (int i = 0; i < 3; i++) {
                long id = tree.newSliceId();
                volume.objects.put(id, 1);
                tree.append(f, 0, new SliceRecord(0, id, CELL, 0, CELL), new Timestamp(1, 0));
            }
            atSync.set(() -> tree.copyRange(f, 0, copy, 0, CELL));
            assertThat(tree.compact(f, 0)).isTrue();
            assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
            tree.unlink(Caller.ROOT, FileTree.ROOT, Name.of("f"));
            assertThat(volume.objects.read(tree, copy, 1)).doesNotContain(0);
        }
    }

    private static long file(VolumeTree tree, String name) throws Exception {
        return tree.makeNode(Caller.ROOT, FileTree.ROOT, Name.of(name), FileType.FILE, 0600, 0)
                .inode();
    }

    /** The engine, which does something once when it is next to make all durable. */
    private static MetaEngine callingAtSync(MetaEngine engine, AtomicReference<@Nullable Callable<?>> atSync) {
        return (MetaEngine) Proxy.newProxyInstance(
                MetaEngine.class.getClassLoader(), new Class<?>[] {MetaEngine.class}, (_, method, arguments) -> {
                    Callable<?> once = method.getName().equals("sync") ? atSync.getAndSet(null) : null;
                    if (once != null) {
                        once.call();
                    }
                    try {
                        return method.invoke(engine, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
