package io.blockring.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.Timestamp;
import io.blockring.meta.tree.VolumeTree;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VolumeFileSystemTest {
    private static final int BLOCK = Volume.BLOCK;

    private final MemoryTree tree = new MemoryTree();
    private final TroubledStore store = new TroubledStore();

    @TempDir
    Path folder;

    private static void assertFails(FileError.Kind kind, ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FileError.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void attributesIncludeWhatIsNotYetRecorded() throws Exception {
        var clocks = new Clocks(InstantSource.fixed(Instant.ofEpochSecond(2_000_000_000)), System::nanoTime);
        try (var volume = new Volume(tree, store, Volume.LIMITS, clocks)) {
            FileSystem.Created created = volume.create("file");
            volume.write(created.handle(), 1000, Volume.bytes(1, 100));
            assertThat(tree.allRecords()).isEmpty();
            assertThat(volume.files.attributes(created.entry().inode()).length())
                    .isEqualTo(1100);
            assertThat(volume.files
                            .lookup(Caller.ROOT, FileTree.ROOT, Volume.name("file"))
                            .attr()
                            .mtime())
                    .isEqualTo(new Timestamp(2_000_000_000, 0));
            long directory = volume.files.openDirectory(Caller.ROOT, FileTree.ROOT);
            assertThat(volume.files.list(directory, 0, 10, true))
                    .extracting(Dentry::attr)
                    .allSatisfy(attr -> assertThat(attr.length()).isEqualTo(1100));
            volume.files.flush(created.handle());
            assertThat(tree.attributes(created.entry().inode()).mtime()).isEqualTo(new Timestamp(2_000_000_000, 0));
        }
    }

    @Test
    void attributesThatWereAskedForBeforeACommitDoNotHideIt() throws Exception {
        var troubled = new TroubledTree(tree);
        try (Volume volume = Volume.of(troubled.tree(), store)) {
            FileSystem.Created created = volume.create("file");
            volume.write(created.handle(), 0, Volume.bytes(1, 100));
            var once = new AtomicBoolean();
            troubled.after(method -> {
                if (method.equals("attributes") && !once.getAndSet(true)) {
                    volume.files.flush(created.handle());
                }
            });
            assertThat(volume.files.attributes(created.entry().inode()).length())
                    .isEqualTo(100);
            assertThat(once).isTrue();
            assertThat(volume.read(created.handle(), 0, 100)).isEqualTo(Volume.bytes(1, 100));
        }
    }

    @Test
    void timesThatWereSetStayWhenOlderDataIsRecorded() throws Exception {
        try (Volume volume = Volume.of(tree, store)) {
            FileSystem.Created created = volume.create("file");
            volume.write(created.handle(), 0, Volume.bytes(1, 100));
            var time = new Timestamp(77, 7);
            var change = new AttrChange(null, null, null, null, new AttrChange.Time.At(time), null);
            assertThat(volume.files
                            .change(Caller.ROOT, created.entry().inode(), change)
                            .mtime())
                    .isEqualTo(time);
            volume.files.flush(created.handle());
            assertThat(volume.files.attributes(created.entry().inode()).mtime()).isEqualTo(time);
            assertThat(volume.files.attributes(created.entry().inode()).length())
                    .isEqualTo(100);
        }
    }

    @Test
    void idleDataIsRecordedWithoutBeingAsked() throws Exception {
        var nanos = new AtomicLong();
        try (var volume = new Volume(tree, store, Volume.LIMITS, new Clocks(InstantSource.system(), nanos::get))) {
            long handle = volume.create("file").handle();
            volume.write(handle, 0, Volume.bytes(1, 100));
            nanos.addAndGet(WriteQueue.IDLE_NANOS);
            Volume.await("the slice is recorded", () -> tree.allRecords().size() == 1);
        }
    }

    @Test
    void appendsOfManyThreadsLandOneBehindTheOther() throws Exception {
        int threads = 6;
        int appends = 40;
        try (Volume volume = Volume.of(tree, store);
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            volume.create("file");
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                byte mark = (byte) (t + 1);
                all.add(executor.submit(() -> {
                    long handle = volume.open("file", Volume.APPEND).handle();
                    byte[] bytes = new byte[3000];
                    Arrays.fill(bytes, mark);
                    for (int i = 0; i < appends; i++) {
                        volume.write(handle, 0, bytes);
                        if (i % 10 == 9) {
                            volume.files.flush(handle);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
            byte[] content = volume.contentOf("file");
            assertThat(content).hasSize(threads * appends * 3000);
            int[] counts = new int[threads + 1];
            for (int at = 0; at < content.length; at += 3000) {
                byte first = content[at];
                counts[first]++;
                for (int i = at; i < at + 3000; i++) {
                    assertThat(content[i]).isEqualTo(first);
                }
            }
            for (int t = 1; t <= threads; t++) {
                assertThat(counts[t]).isEqualTo(appends);
            }
        }
    }

    @Test
    void threadsThatWriteTheirOwnPartsReadWhatTheyWrote() throws Exception {
        int threads = 4;
        try (Volume volume = Volume.of(tree, store);
                var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            volume.create("file");
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int part = t;
                all.add(executor.submit(() -> {
                    long handle = volume.open("file", Volume.READ_WRITE).handle();
                    var random = new Random(part);
                    byte[] model = new byte[4 * BLOCK];
                    long start = (long) part * model.length;
                    volume.write(handle, start, model);
                    for (int i = 0; i < 60; i++) {
                        byte[] bytes = Volume.bytes(random.nextLong(), 1 + random.nextInt(BLOCK));
                        int at = random.nextInt(model.length - bytes.length);
                        System.arraycopy(bytes, 0, model, at, bytes.length);
                        volume.write(handle, start + at, bytes);
                        if (random.nextInt(5) == 0) {
                            volume.files.sync(handle);
                        }
                        assertThat(Arrays.mismatch(volume.read(handle, start, model.length), model))
                                .isEqualTo(-1);
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
        }
        Volume.checkBlocks(tree.allRecords(), store);
    }

    @Test
    void whoOpensAfterACloseSeesWhatAnotherWrote() throws Exception {
        var told = new CopyOnWriteArrayList<Long>();
        try (Volume one = Volume.of(tree, store);
                Volume two = Volume.of(tree, store)) {
            one.files.tellKernel(new FileSystem.KernelCache() {
                @Override
                public void forgetInode(long inode, long offset, long length) {
                    told.add(inode);
                }

                @Override
                public void forgetEntry(long parent, Name name) {}
            });
            long inode = one.file("file", Volume.bytes(1, 1000));
            FileSystem.Opened first = one.open("file", Volume.READ);
            assertThat(first.keepPages()).isFalse();
            assertThat(one.read(first.handle(), 0, 1000)).isEqualTo(Volume.bytes(1, 1000));
            FileSystem.Opened again = one.open("file", Volume.READ);
            assertThat(again.keepPages()).isTrue();

            FileSystem.Opened other = two.open("file", Volume.TRUNCATE);
            two.write(other.handle(), 0, Volume.bytes(2, 2000));
            two.files.flush(other.handle());

            FileSystem.Opened after = one.open("file", Volume.READ);
            assertThat(after.keepPages()).isFalse();
            assertThat(told).containsExactly(inode);
            assertThat(after.attr().length()).isEqualTo(2000);
            assertThat(one.read(after.handle(), 0, 3000)).isEqualTo(Volume.bytes(2, 2000));
            assertThat(one.read(first.handle(), 0, 3000)).isEqualTo(Volume.bytes(2, 2000));
            assertThat(one.open("file", Volume.READ).keepPages()).isTrue();
        }
    }

    @Test
    void pagesOfAFileThatWasWrittenHereAreNotKept() throws Exception {
        try (Volume volume = Volume.of(tree, store)) {
            volume.file("file", Volume.bytes(1, 1000));
            volume.open("file", Volume.READ);
            assertThat(volume.open("file", Volume.READ).keepPages()).isTrue();
            long writer = volume.open("file", Volume.READ_WRITE).handle();
            volume.write(writer, 0, Volume.bytes(2, 10));
            assertThat(volume.open("file", Volume.READ).keepPages()).isFalse();
            volume.files.flush(writer);
            assertThat(volume.open("file", Volume.READ).keepPages()).isFalse();
            assertThat(volume.open("file", Volume.READ).keepPages()).isTrue();
        }
    }

    @Test
    void aFileThatGrowsElsewhereIsReadToItsNewEndOnceItsLengthWasSeen() throws Exception {
        try (Volume one = Volume.of(tree, store);
                Volume two = Volume.of(tree, store)) {
            long inode = one.file("file", Volume.bytes(1, 10));
            long handle = one.open("file", Volume.READ).handle();
            assertThat(one.read(handle, 0, 100)).hasSize(10);
            long writer = two.open("file", Volume.APPEND).handle();
            two.write(writer, 0, Volume.bytes(2, 10));
            two.files.flush(writer);
            assertThat(one.files.attributes(inode).length()).isEqualTo(20);
            assertThat(one.read(handle, 10, 100)).isEqualTo(Volume.bytes(2, 10));
        }
    }

    @Test
    void aReaderSurvivesACompactionOfTheSlicesItKnows() throws Exception {
        try (var ground = new RocksGround(folder)) {
            var blocks = Volume.blocks(store);
            var volumeTree = (VolumeTree) ground.open(blocks);
            try (Volume volume = Volume.of(volumeTree, store)) {
                long handle = volume.create("file").handle();
                byte[] model = new byte[3 * BLOCK];
                var random = new Random(1);
                for (int i = 0; i < 30; i++) {
                    byte[] bytes = Volume.bytes(i, 20_000);
                    int at = random.nextInt(model.length - bytes.length);
                    System.arraycopy(bytes, 0, model, at, bytes.length);
                    volume.write(handle, at, bytes);
                    volume.files.flush(handle);
                }
                byte[] before = volume.read(handle, 0, 3 * BLOCK);
                assertThat(volumeTree.compact(volume.inode("file"), 0)).isTrue();
                Volume.await(
                        "the old slices are gone", () -> Volume.keysIn(store).size() <= 3);
                assertThat(volume.read(handle, 0, 3 * BLOCK))
                        .isEqualTo(before)
                        .isEqualTo(Arrays.copyOf(model, before.length));
            }
        }
    }

    @Test
    void aLargeReadFetchesItsBlocksSideBySide() throws Exception {
        try (Volume volume = Volume.of(tree, store)) {
            volume.file("file", Volume.bytes(1, 10 * BLOCK));
            var together = new CountDownLatch(4);
            store.beforeGet(_ -> {
                together.countDown();
                try {
                    assertThat(together.await(30, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
            long handle = volume.open("file", Volume.READ).handle();
            assertThat(volume.read(handle, BLOCK, 6 * BLOCK))
                    .isEqualTo(Arrays.copyOfRange(Volume.bytes(1, 10 * BLOCK), BLOCK, 7 * BLOCK));
        }
    }

    @Test
    void anUnlinkedFileIsReadAndWrittenUntilItIsReleased() throws Exception {
        try (Volume volume = Volume.of(tree, store)) {
            long handle = volume.create("file").handle();
            volume.write(handle, 0, Volume.bytes(1, 1000));
            volume.files.unlink(Caller.ROOT, FileTree.ROOT, Volume.name("file"));
            volume.write(handle, 1000, Volume.bytes(2, 1000));
            volume.files.sync(handle);
            assertThat(volume.read(handle, 1000, 1000)).isEqualTo(Volume.bytes(2, 1000));
            volume.files.release(handle);
            assertThat(tree.allRecords()).isEmpty();
        }
    }

    @Test
    void aFileKeepsItsDataWhenItTakesThePlaceOfAnOpenOne() throws Exception {
        try (Volume volume = Volume.of(tree, store)) {
            long old = volume.create("old").handle();
            volume.write(old, 0, Volume.bytes(1, 1000));
            long fresh = volume.create("fresh").handle();
            volume.write(fresh, 0, Volume.bytes(2, 1000));
            volume.files.rename(
                    Caller.ROOT,
                    FileTree.ROOT,
                    Volume.name("fresh"),
                    FileTree.ROOT,
                    Volume.name("old"),
                    RenameMode.REPLACE);
            assertThat(volume.read(old, 0, 1000)).isEqualTo(Volume.bytes(1, 1000));
            assertThat(volume.contentOf("old")).isEqualTo(Volume.bytes(2, 1000));
        }
    }

    @Test
    void dataAndHolesAreFound() throws Exception {
        try (Volume volume = Volume.of(tree, store)) {
            long handle = volume.create("file").handle();
            volume.write(handle, 1000, Volume.bytes(1, 1000));
            volume.write(handle, 3L * FileTree.CHUNK_BYTES, Volume.bytes(2, 1000));
            assertThat(volume.files.seek(handle, 0, true)).isEqualTo(1000);
            assertThat(volume.files.seek(handle, 1500, true)).isEqualTo(1500);
            assertThat(volume.files.seek(handle, 1500, false)).isEqualTo(2000);
            assertThat(volume.files.seek(handle, 2000, true)).isEqualTo(3L * FileTree.CHUNK_BYTES);
            assertThat(volume.files.seek(handle, 3L * FileTree.CHUNK_BYTES, false))
                    .isEqualTo(3L * FileTree.CHUNK_BYTES + 1000);
            assertFails(
                    FileError.Kind.NO_SUCH_OFFSET,
                    () -> volume.files.seek(handle, 3L * FileTree.CHUNK_BYTES + 1000, false));
            volume.files.allocate(handle, 0, 4L * FileTree.CHUNK_BYTES);
            assertFails(
                    FileError.Kind.NO_SUCH_OFFSET,
                    () -> volume.files.seek(handle, 3L * FileTree.CHUNK_BYTES + 1000, true));
        }
    }

    @Test
    void aRangeOfDataThatIsNotYetRecordedBecomesZeros() throws Exception {
        try (Volume volume = Volume.of(tree, store)) {
            FileSystem.Created created = volume.create("file");
            byte[] bytes = Volume.bytes(1, 2 * BLOCK);
            volume.write(created.handle(), 0, bytes);
            volume.files.zeroRange(created.handle(), 100, 1000, true);
            volume.write(created.handle(), 300, Volume.bytes(2, 10));

            Arrays.fill(bytes, 100, 1100, (byte) 0);
            System.arraycopy(Volume.bytes(2, 10), 0, bytes, 300, 10);
            assertThat(volume.read(created.handle(), 0, 3 * BLOCK)).isEqualTo(bytes);
            volume.files.zeroRange(created.handle(), 2L * BLOCK - 1, BLOCK, false);
            assertThat(volume.files.attributes(created.entry().inode()).length())
                    .isEqualTo(3L * BLOCK - 1);
            bytes[2 * BLOCK - 1] = 0;
            assertThat(volume.read(created.handle(), 0, 3 * BLOCK)).isEqualTo(Arrays.copyOf(bytes, 3 * BLOCK - 1));
        }
    }

    @Test
    void aCopyOfWhatIsNotYetRecordedMovesNoData() throws Exception {
        try (Volume volume = Volume.of(tree, store)) {
            long from = volume.create("from").handle();
            long to = volume.create("to").handle();
            byte[] bytes = Volume.bytes(1, 3 * BLOCK);
            volume.write(from, 0, bytes);
            volume.write(to, 0, Volume.bytes(2, 100));
            volume.files.flush(from);
            volume.files.flush(to);
            var stored = Volume.keysIn(store);
            volume.write(from, 0, Volume.bytes(3, 10));

            assertThat(volume.files.copyRange(from, 0, to, 50, 4L * BLOCK)).isEqualTo(3L * BLOCK);

            byte[] expected = Arrays.copyOf(Volume.bytes(2, 100), 50 + 3 * BLOCK);
            System.arraycopy(bytes, 0, expected, 50, bytes.length);
            System.arraycopy(Volume.bytes(3, 10), 0, expected, 50, 10);
            assertThat(volume.read(to, 0, 4 * BLOCK)).isEqualTo(expected);
            assertThat(Volume.keysIn(store))
                    .as("the copied blocks and the one of the last write")
                    .hasSize(stored.size() + 1);
            assertThat(store.gotBytes()).as("bytes read of copied slices only").isLessThanOrEqualTo(4L * BLOCK);
        }
    }

    @Test
    void aChangeOfDataThatFailedAfterItWasMadeIsSeen() throws Exception {
        var troubled = new TroubledTree(tree);
        try (Volume volume = Volume.of(troubled.tree(), store)) {
            volume.file("from", Volume.bytes(1, 1000));
            volume.file("to", Volume.bytes(2, 1000));
            long from = volume.open("from", Volume.READ).handle();
            long to = volume.open("to", Volume.READ_WRITE).handle();
            byte[] expected = Volume.bytes(2, 1000);
            assertThat(volume.read(to, 0, 1000)).isEqualTo(expected);

            troubled.after(TroubledTree.failingAt("copyRange", FileError.Kind.IO));
            assertFails(FileError.Kind.IO, () -> volume.files.copyRange(from, 0, to, 100, 500));
            System.arraycopy(Volume.bytes(1, 1000), 0, expected, 100, 500);
            assertThat(volume.read(to, 0, 1000)).isEqualTo(expected);

            troubled.after(TroubledTree.failingAt("zeroRange", FileError.Kind.IO));
            assertFails(FileError.Kind.IO, () -> volume.files.zeroRange(to, 200, 50, true));
            Arrays.fill(expected, 200, 250, (byte) 0);
            assertThat(volume.read(to, 0, 1000)).isEqualTo(expected);
        }
    }

    @Test
    void whatDoesNotFitAHandleIsRefused() throws Exception {
        MemorySegment bytes = MemorySegment.ofArray(new byte[1]);
        try (Volume volume = Volume.of(tree, store)) {
            long inode = volume.file("file", Volume.bytes(1, 10));
            long reader = volume.open("file", Volume.READ).handle();
            long writer = volume.open("file", new FileSystem.OpenMode(false, true, false, false))
                    .handle();
            assertFails(FileError.Kind.BAD_HANDLE, () -> volume.files.write(reader, 0, bytes));
            assertFails(FileError.Kind.BAD_HANDLE, () -> volume.files.allocate(reader, 0, 100));
            long appender = volume.open("file", Volume.APPEND).handle();
            assertFails(FileError.Kind.BAD_HANDLE, () -> volume.files.zeroRange(reader, 0, 100, true));
            assertFails(FileError.Kind.BAD_HANDLE, () -> volume.files.copyRange(writer, 0, writer, 20, 10));
            assertFails(FileError.Kind.BAD_HANDLE, () -> volume.files.copyRange(reader, 0, reader, 20, 10));
            assertFails(FileError.Kind.BAD_HANDLE, () -> volume.files.copyRange(reader, 0, appender, 20, 10));
            assertFails(FileError.Kind.INVALID, () -> volume.files.zeroRange(writer, 0, 0, true));
            assertFails(FileError.Kind.INVALID, () -> volume.files.copyRange(reader, 0, writer, 5, 10));
            assertFails(FileError.Kind.TOO_LARGE, () -> volume.files.zeroRange(writer, 1, Long.MAX_VALUE, true));
            assertFails(FileError.Kind.TOO_LARGE, () -> volume.files.copyRange(reader, 0, writer, 1, Long.MAX_VALUE));
            assertFails(FileError.Kind.BAD_HANDLE, () -> volume.files.read(writer, 0, bytes));
            assertFails(FileError.Kind.BAD_HANDLE, () -> volume.files.read(99, 0, bytes));
            assertFails(FileError.Kind.BAD_HANDLE, () -> volume.files.list(99, 0, 1, false));
            assertFails(FileError.Kind.INVALID, () -> volume.files.read(reader, -1, bytes));
            assertFails(FileError.Kind.TOO_LARGE, () -> volume.files.write(writer, Long.MAX_VALUE, bytes));
            assertFails(FileError.Kind.TOO_LARGE, () -> volume.files.truncate(Caller.ROOT, inode, Long.MAX_VALUE));
            assertFails(FileError.Kind.INVALID, () -> volume.files.truncate(Caller.ROOT, inode, -1));
            assertFails(FileError.Kind.EXISTS, () -> volume.create("file"));
            assertFails(FileError.Kind.NOT_DIRECTORY, () -> volume.files.openDirectory(Caller.ROOT, inode));
            assertThat(volume.read(reader, 10, 5)).isEmpty();
            volume.files.release(reader);
            assertFails(FileError.Kind.BAD_HANDLE, () -> volume.files.flush(reader));
        }
    }

    @Test
    void closingWritesWhatIsNotWritten() throws Exception {
        Volume volume = Volume.of(tree, store);
        long handle = volume.create("file").handle();
        volume.write(handle, 0, Volume.bytes(1, 3 * BLOCK + 5));
        volume.close();
        volume.close();
        try (Volume next = Volume.of(tree, store)) {
            assertThat(next.contentOf("file")).isEqualTo(Volume.bytes(1, 3 * BLOCK + 5));
        }
        assertFails(FileError.Kind.BAD_HANDLE, () -> volume.read(handle, 0, 10));
    }

    @Test
    void namesLinksAndAttributesGoToTheTree() throws Exception {
        try (var ground = new RocksGround(folder);
                Volume volume = Volume.of(ground, store)) {
            VolumeFileSystem files = volume.files;
            long directory = files.makeDirectory(Caller.ROOT, FileTree.ROOT, Volume.name("dir"), 0755)
                    .inode();
            assertFails(FileError.Kind.IS_DIRECTORY, () -> files.open(Caller.ROOT, directory, Volume.READ));
            byte[] target = "dir/file".getBytes(StandardCharsets.UTF_8);
            long symlink = files.makeSymlink(Caller.ROOT, FileTree.ROOT, Volume.name("symlink"), target)
                    .inode();
            assertThat(files.readSymlink(symlink)).isEqualTo(target);
            long fifo = files.makeNode(Caller.ROOT, directory, Volume.name("fifo"), FileType.FIFO, 0600, 0)
                    .inode();
            assertFails(FileError.Kind.INVALID, () -> files.open(Caller.ROOT, fifo, Volume.READ));
            long file = volume.file("file", Volume.bytes(1, 100));
            assertThat(files.link(Caller.ROOT, file, directory, Volume.name("link"))
                            .attr()
                            .nlink())
                    .isEqualTo(2);
            files.setExtendedAttribute(file, Volume.name("user.a"), target, FileTree.AttributeMode.CREATE_OR_REPLACE);
            assertThat(files.extendedAttribute(file, Volume.name("user.a"))).isEqualTo(target);
            assertThat(files.extendedAttributes(file)).containsExactly(Volume.name("user.a"));
            files.removeExtendedAttribute(file, Volume.name("user.a"));
            assertThat(files.extendedAttributes(file)).isEmpty();
            assertThat(files.usage().usedInodes()).isPositive();

            long listing = files.openDirectory(Caller.ROOT, directory);
            files.syncDirectory(listing);
            assertThat(files.list(listing, 0, 10, false))
                    .extracting(Dentry::name)
                    .containsExactly(Volume.name("fifo"), Volume.name("link"));
            files.unlink(Caller.ROOT, directory, Volume.name("link"));
            files.unlink(Caller.ROOT, directory, Volume.name("fifo"));
            files.removeDirectory(Caller.ROOT, FileTree.ROOT, Volume.name("dir"));
            assertThat(files.list(listing, 0, 10, false)).isEmpty();
            files.releaseDirectory(listing);
        }
    }
}
