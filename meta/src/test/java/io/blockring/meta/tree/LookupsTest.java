package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileError.Kind;
import io.blockring.meta.FileTree;
import io.blockring.meta.Name;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.TestStores;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Reads that others change something under. */
class LookupsTest {
    private static final byte[] TARGET = "target".getBytes(StandardCharsets.US_ASCII);

    @Test
    void aSymlinkThatGoesWhileItIsReadIsGoneAndNotBroken() throws Exception {
        for (int before = 0; before < 3; before++) {
            var next = new AtomicReference<@Nullable Callable<?>>();
            TestStores real = TestStores.memory(new MemoryByteStore(false));
            var volume = new TestVolume(new TestStores(real.engine(), real::dump), 0);
            try (VolumeTree tree = volume.mount()) {
                long link = tree.makeSymlink(Caller.ROOT, FileTree.ROOT, Name.of("l"), TARGET)
                        .inode();
                var lookups = new Lookups(callingBeforeRead(real.engine(), next, before));
                next.set(() -> {
                    tree.unlink(Caller.ROOT, FileTree.ROOT, Name.of("l"));
                    return null;
                });
                FileError error = catchThrowableOfType(
                        FileError.class,
                        () -> assertThat(lookups.readSymlink(link)).isEqualTo(TARGET));
                if (error != null) {
                    assertThat(error.kind()).isEqualTo(Kind.NOT_FOUND);
                }
            }
        }
    }

    /** The engine, whose reads do something once, before the one of that number. */
    private static MetaEngine callingBeforeRead(
            MetaEngine engine, AtomicReference<@Nullable Callable<?>> action, int number) {
        var count = new int[1];
        MetaReads reads = proxy(MetaReads.class, engine.reads(), () -> {
            Callable<?> once = count[0]++ == number ? action.getAndSet(null) : null;
            return once == null ? null : once.call();
        });
        return (MetaEngine) Proxy.newProxyInstance(
                MetaEngine.class.getClassLoader(),
                new Class<?>[] {MetaEngine.class},
                (_, method, arguments) -> method.getName().equals("reads") ? reads : method.invoke(engine, arguments));
    }

    private static <T> T proxy(Class<T> type, T real, Callable<?> before) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (_, method, arguments) -> {
                    before.call();
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
