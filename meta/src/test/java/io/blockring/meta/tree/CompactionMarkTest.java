package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** A compaction marks its commit by a count of references, which others may change before the mark is taken away. */
class CompactionMarkTest {
    private static final int CELL = SliceStore.CELL_BYTES;

    @Test
    void aCopyOfASliceThatWasJustMadeKeepsItsReference() throws Exception {
        var store = new MemoryByteStore(false);
        var volume = new TestVolume(TestStores.memory(store), 0);
        VolumeTree tree = volume.mount();
        long file = tree.makeNode(Caller.ROOT, FileTree.ROOT, Name.of("f"), FileType.FILE, 0644, 0)
                .inode();
        for (int i = 0; i < 4; i++) {
            long id = tree.newSliceId();
            volume.objects.put(id, 1);
            tree.append(file, 0, new SliceRecord(i % 2 * CELL, id, CELL, 0, CELL), new Timestamp(1, 0));
        }
        long[] before = volume.objects.read(tree, file, 2);
        var copied = new AtomicBoolean();
        store.atSync(() -> copyOnceItIsOneSlice(tree, file, copied));
        assertThat(tree.compact(file, 0)).isTrue();
        assertThat(copied).isTrue();
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
        tree.unlink(Caller.ROOT, FileTree.ROOT, Name.of("f"));
        long copy = tree.lookup(FileTree.ROOT, Name.of("copy")).inode();
        assertThat(volume.objects.read(tree, copy, 2)).isEqualTo(before);
    }

    private static void copyOnceItIsOneSlice(VolumeTree tree, long file, AtomicBoolean copied) {
        try {
            if (tree.slices(file, 0).size() == 1 && copied.compareAndSet(false, true)) {
                tree.jobs()
                        .clone(
                                Caller.ROOT,
                                file,
                                FileTree.ROOT,
                                Name.of("copy"),
                                new CloneOptions(false, 0, 1),
                                JobWatch.NONE);
            }
        } catch (FileError e) {
            throw new AssertionError(e);
        }
    }
}
