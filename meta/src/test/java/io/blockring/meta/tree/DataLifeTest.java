package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileError.Kind;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.VolumeUsage;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.data.Index;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Slices from their append to the deletion of their objects: compaction, trash, limits. */
class DataLifeTest {
    private static final int CELL = SliceStore.CELL_BYTES;

    private static TestVolume volume(int trashDays) throws FileError {
        return new TestVolume(TestStores.memory(new MemoryByteStore(true)), trashDays);
    }

    private static long file(VolumeTree tree, String name) throws FileError {
        return tree.makeNode(Caller.ROOT, FileTree.ROOT, Name.of(name), FileType.FILE, 0644, 0)
                .inode();
    }

    private static long append(TestVolume volume, VolumeTree tree, long inode, int cell) throws FileError {
        long id = tree.newSliceId();
        volume.objects.put(id, 1);
        tree.append(inode, 0, new SliceRecord(cell * CELL, id, CELL, 0, CELL), new Timestamp(1, 0));
        return id;
    }

    @Test
    void theHundredthSliceOfAChunkMakesThemOne() throws Exception {
        TestVolume volume = volume(0);
        VolumeTree tree = volume.mount();
        long inode = file(tree, "f");
        for (int i = 0; i < 99; i++) {
            append(volume, tree, inode, 1 + i % 2);
        }
        assertThat(tree.slices(inode, 0)).hasSize(99);
        long last = append(volume, tree, inode, 2);
        assertThat(tree.slices(inode, 0)).containsExactly(new SliceRecord(CELL, last + 1, 2 * CELL, 0, 2 * CELL));
        assertThat(volume.objects.read(tree, inode, 3)[2]).isEqualTo(last * 1000 + 1);
        assertThat(volume.objects.ids()).containsExactly(last + 1);
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
    }

    @Test
    void compactionLeavesALeadingBigSliceAlone() throws Exception {
        TestVolume volume = volume(0);
        VolumeTree tree = volume.mount();
        long inode = file(tree, "f");
        long big = append(volume, tree, inode, 0);
        append(volume, tree, inode, 1);
        append(volume, tree, inode, 1);
        long last = append(volume, tree, inode, 1);
        assertThat(tree.compact(inode, 0)).isTrue();
        assertThat(tree.slices(inode, 0))
                .containsExactly(
                        new SliceRecord(0, big, CELL, 0, CELL), new SliceRecord(CELL, last + 1, CELL, 0, CELL));
    }

    @Test
    void aSliceAppendedDuringACompactionIsKept() throws Exception {
        TestVolume volume = volume(0);
        VolumeTree[] mounted = new VolumeTree[1];
        long[] inode = new long[1];
        VolumeTree tree = VolumeTree.mount(
                volume.stores.engine(),
                new VolumeTree.Settings(false, 10, 10, new SessionInfo("host", "", 1)),
                volume.objects,
                (id, windows) -> {
                    volume.objects.rewrite(id, windows);
                    try {
                        append(volume, mounted[0], inode[0], 5);
                    } catch (FileError e) {
                        throw new IOException(e);
                    }
                },
                volume.clock,
                Runnable::run);
        mounted[0] = tree;
        inode[0] = file(tree, "f");
        append(volume, tree, inode[0], 1);
        append(volume, tree, inode[0], 1);
        assertThat(tree.compact(inode[0], 0)).isTrue();
        assertThat(tree.slices(inode[0], 0)).hasSize(2);
        assertThat(volume.objects.read(tree, inode[0], 6)).doesNotContain(0, Index.atIndex(5));
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
    }

    @Test
    void aCompactionThatFindsTheChunkChangedGivesItsSliceUp() throws Exception {
        TestVolume volume = volume(0);
        VolumeTree[] mounted = new VolumeTree[1];
        long[] inode = new long[1];
        VolumeTree tree = VolumeTree.mount(
                volume.stores.engine(),
                new VolumeTree.Settings(false, 10, 10, new SessionInfo("host", "", 1)),
                volume.objects,
                (id, windows) -> {
                    volume.objects.rewrite(id, windows);
                    try {
                        mounted[0].unlink(Caller.ROOT, FileTree.ROOT, Name.of("f"));
                    } catch (FileError e) {
                        throw new IOException(e);
                    }
                },
                volume.clock,
                Runnable::run);
        mounted[0] = tree;
        inode[0] = file(tree, "f");
        append(volume, tree, inode[0], 1);
        append(volume, tree, inode[0], 1);
        assertThat(tree.compact(inode[0], 0)).isFalse();
        assertThat(volume.objects.ids()).isEmpty();
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
    }

    /** A step per so many chunks of the length, and not of those that are there, would never end here. */
    @Test
    @Timeout(60)
    void aSparseFileOfTheGreatestLengthIsCutAtOnce() throws Exception {
        TestVolume volume = volume(0);
        VolumeTree tree = volume.mount();
        long inode = file(tree, "f");
        for (int chunk = 0; chunk < 300; chunk += 2) {
            long id = tree.newSliceId();
            volume.objects.put(id, 1);
            tree.append(inode, chunk, new SliceRecord(0, id, CELL, 0, CELL), new Timestamp(1, 0));
        }
        tree.truncate(Caller.ROOT, inode, FileData.MAX_FILE_BYTES);
        Attr cut = tree.truncate(Caller.ROOT, inode, 10L * FileTree.CHUNK_BYTES);
        assertThat(cut.length()).isEqualTo(10L * FileTree.CHUNK_BYTES);
        assertThat(volume.objects.ids()).hasSize(5);
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
    }

    @Test
    void aHoleShowsZerosAndLeavesLengthAndMiddleChunksAlone() throws Exception {
        TestVolume volume = volume(0);
        VolumeTree tree = volume.mount();
        long inode = file(tree, "f");
        long slice = append(volume, tree, inode, 1);
        tree.truncate(Caller.ROOT, inode, 10L * FileTree.CHUNK_BYTES);

        Attr punched = tree.zeroRange(inode, CELL, 20L * FileTree.CHUNK_BYTES, true);
        assertThat(punched.length()).isEqualTo(10L * FileTree.CHUNK_BYTES);
        assertThat(volume.objects.read(tree, inode, 3)).containsOnly(0);
        assertThat(tree.slices(inode, 0))
                .hasSizeGreaterThan(1)
                .first()
                .extracting(SliceRecord::sliceId)
                .isEqualTo(slice);
        assertThat(tree.slices(inode, 5)).isEmpty();
        assertThat(tree.zeroRange(inode, 10L * FileTree.CHUNK_BYTES, 1, true).length())
                .isEqualTo(10L * FileTree.CHUNK_BYTES);
        assertThat(tree.zeroRange(inode, 11L * FileTree.CHUNK_BYTES, 1, false).length())
                .isEqualTo(11L * FileTree.CHUNK_BYTES + 1);
        assertRefused(Kind.INVALID, () -> tree.zeroRange(inode, 0, 0, true));
        assertRefused(Kind.INVALID, () -> tree.zeroRange(inode, -1, 1, true));
        assertRefused(Kind.TOO_LARGE, () -> tree.zeroRange(inode, 1, Long.MAX_VALUE, true));
        assertRefused(Kind.IS_DIRECTORY, () -> tree.zeroRange(FileTree.ROOT, 0, 1, true));
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
    }

    @Test
    void holesPunchedAgainAndAgainAreCompacted() throws Exception {
        TestVolume volume = volume(0);
        VolumeTree tree = volume.mount();
        long inode = file(tree, "f");
        append(volume, tree, inode, 0);
        append(volume, tree, inode, 1);
        for (int i = 0; i < 98; i++) {
            tree.zeroRange(inode, CELL, CELL, true);
        }
        assertThat(tree.slices(inode, 0)).hasSizeLessThan(10);
        assertThat(volume.objects.read(tree, inode, 2)[0]).isNotZero();
        assertThat(volume.objects.read(tree, inode, 2)[1]).isZero();
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
    }

    @Test
    void copiesLaidOverOneAnotherAreCompacted() throws Exception {
        TestVolume volume = volume(0);
        VolumeTree tree = volume.mount();
        long from = file(tree, "from");
        long to = file(tree, "to");
        append(volume, tree, from, 0);
        for (int i = 0; i < 100; i++) {
            tree.copyRange(from, 0, to, (long) (i % 3) * CELL, CELL);
        }
        assertThat(tree.slices(to, 0)).hasSizeLessThan(10);
        long copied = volume.objects.read(tree, from, 1)[0];
        assertThat(volume.objects.read(tree, to, 3)).containsOnly(copied);
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
    }

    @Test
    void withATrashReplacedSlicesStayAsLongAsItsFiles() throws Exception {
        TestVolume volume = volume(2);
        VolumeTree tree = volume.mount();
        long inode = file(tree, "f");
        append(volume, tree, inode, 1);
        append(volume, tree, inode, 1);
        tree.compact(inode, 0);
        assertThat(volume.objects.ids()).hasSize(3);
        volume.clock.advance(Duration.ofDays(1));
        tree.heartbeat();
        assertThat(volume.objects.ids()).hasSize(3);
        volume.clock.advance(Duration.ofDays(2));
        tree.heartbeat();
        assertThat(volume.objects.ids()).hasSize(1);
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
    }

    @Test
    void rootFindsRemovedFilesInTheTrashAndPutsThemBack() throws Exception {
        TestVolume volume = volume(1);
        VolumeTree tree = volume.mount();
        long inode = file(tree, "f");
        long slice = append(volume, tree, inode, 0);
        tree.unlink(Caller.ROOT, FileTree.ROOT, Name.of("f"));

        assertThat(tree.list(FileTree.ROOT, null, 10, true)).isEmpty();
        long trash = tree.lookup(FileTree.ROOT, Name.of(".trash")).inode();
        Dentry hour = tree.list(trash, null, 10, true).getFirst();
        assertThat(hour.name()).isEqualTo(Name.of("2026-11-22-05"));
        Name kept = Name.of("1-" + inode + "-f");
        assertThat(tree.list(hour.inode(), null, 10, true))
                .extracting(Dentry::name)
                .containsExactly(kept);
        Caller someone = new Caller(1000, 1000, List.of(), 1);
        assertRefused(Kind.NOT_PERMITTED, () -> tree.unlink(someone, hour.inode(), kept));
        assertRefused(
                Kind.NOT_PERMITTED,
                () -> tree.rename(someone, hour.inode(), kept, FileTree.ROOT, Name.of("g"), RenameMode.NO_REPLACE));
        assertRefused(
                Kind.NOT_PERMITTED,
                () -> tree.makeNode(Caller.ROOT, hour.inode(), Name.of("x"), FileType.FILE, 0644, 0));

        tree.rename(Caller.ROOT, hour.inode(), kept, FileTree.ROOT, Name.of("g"), RenameMode.NO_REPLACE);
        assertThat(tree.lookup(FileTree.ROOT, Name.of("g")).attr().parent()).isEqualTo(FileTree.ROOT);
        assertThat(tree.slices(inode, 0)).extracting(SliceRecord::sliceId).containsExactly(slice);
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
    }

    @Test
    void aNameInTheTrashIsCutToWhatANameMayHave() {
        Name longest = Name.stored("x".repeat(255).getBytes(StandardCharsets.US_ASCII));
        assertThat(Trash.entryName(12, 345, longest).length()).isEqualTo(255);
        assertThat(Trash.entryName(12, 345, longest).toString()).startsWith("12-345-xxx");
    }

    private static void assertRefused(Kind kind, ThrowingCallable call) {
        assertThat(catchThrowableOfType(FileError.class, call).kind()).isEqualTo(kind);
    }

    @Test
    void aVolumeHoldsNoMoreThanItMay() throws Exception {
        var volume = new TestVolume(TestStores.memory(new MemoryByteStore(true)), 0, 3L * CELL, 3);
        VolumeTree tree = volume.mount();
        long inode = file(tree, "a");
        append(volume, tree, inode, 0);
        append(volume, tree, inode, 1);
        VolumeUsage usage = tree.usage();
        assertThat(usage.totalBytes()).isEqualTo(3L * CELL);
        assertThat(usage.availableBytes()).isEqualTo(CELL);
        assertThat(usage.usedInodes()).isEqualTo(1);
        assertThat(usage.availableInodes()).isEqualTo(2);
        assertRefused(Kind.NO_SPACE, () -> append(volume, tree, inode, 4));
        assertRefused(Kind.NO_SPACE, () -> tree.truncate(Caller.ROOT, inode, 4L * CELL));
        append(volume, tree, inode, 1);
        file(tree, "b");
        file(tree, "c");
        assertRefused(Kind.NO_SPACE, () -> file(tree, "d"));
        tree.unlink(Caller.ROOT, FileTree.ROOT, Name.of("a"));
        file(tree, "d");
    }

    @Test
    void anUnlimitedVolumeAlwaysShowsRoom() throws Exception {
        TestVolume volume = volume(0);
        VolumeTree tree = volume.mount();
        long inode = file(tree, "f");
        assertThat(tree.usage().totalBytes()).isEqualTo(1L << 50);
        assertThat(tree.usage().availableInodes()).isEqualTo(10L << 20);
        Attr grown = tree.truncate(Caller.ROOT, inode, 1L << 50);
        assertThat(grown.length()).isEqualTo(1L << 50);
        assertThat(tree.usage().totalBytes()).isEqualTo(1L << 51);
        assertRefused(Kind.TOO_LARGE, () -> tree.truncate(Caller.ROOT, inode, Long.MAX_VALUE));
        assertRefused(Kind.INVALID, () -> tree.truncate(Caller.ROOT, inode, -1));
    }
}
