package io.blockring.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.cacheclient.BlockCache;
import io.blockring.meta.AccessTimes;
import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.Timestamp;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What reading does to times of access, over a real tree, by a clock that the test has in hand. */
class AccessTimesTest {
    @TempDir
    Path folder;

    /** A file system with a file, a directory and a symlink. */
    private static final class World implements AutoCloseable {
        private final TroubledStore store = new TroubledStore();

        /** Later than all that the tree's own clock says in this test. */
        private final AtomicReference<Instant> now =
                new AtomicReference<>(Instant.now().plus(Duration.ofHours(1)));

        private final AtomicInteger records = new AtomicInteger();
        private final RocksGround ground;
        private final TroubledTree troubled;
        private final VolumeFileSystem files;
        private final long file;
        private final long directory;
        private final long symlink;
        private final long handle;

        World(Path folder, AccessTimes times) throws FileError {
            ground = new RocksGround(folder.resolve("db"));
            troubled = new TroubledTree(ground.open(Volume.blocks(store)));
            InstantSource wall = now::get;
            files = new VolumeFileSystem(
                    troubled.tree(),
                    new BlockCache(store, Volume.LAYOUT),
                    Volume.LIMITS,
                    new Clocks(wall, System::nanoTime),
                    times);
            FileSystem.Created created =
                    files.create(Caller.ROOT, FileTree.ROOT, Volume.name("file"), 0644, Volume.READ_WRITE);
            file = created.entry().inode();
            handle = created.handle();
            write();
            directory = files.makeDirectory(Caller.ROOT, FileTree.ROOT, Volume.name("d"), 0755)
                    .inode();
            symlink = files.makeSymlink(
                            Caller.ROOT, FileTree.ROOT, Volume.name("l"), "target".getBytes(StandardCharsets.US_ASCII))
                    .inode();
            countRecords();
            advance(Duration.ofSeconds(10));
        }

        @Override
        public void close() {
            files.close();
            ground.close();
        }

        private void countRecords() {
            records.set(0);
            troubled.after(method -> {
                if (method.equals("accessed")) {
                    records.incrementAndGet();
                }
            });
        }

        private void write() throws FileError {
            files.write(handle, 0, MemorySegment.ofArray(Volume.bytes(1, 1000)));
            files.flush(handle);
        }

        private void advance(Duration time) {
            now.updateAndGet(instant -> instant.plus(time));
        }

        private Timestamp wall() {
            return Timestamp.of(now.get());
        }

        private void readFile() throws FileError {
            assertThat(files.read(handle, 0, MemorySegment.ofArray(new byte[100])))
                    .isEqualTo(100);
        }

        private void readDirectory() throws FileError {
            long opened = files.openDirectory(Caller.ROOT, directory);
            files.list(opened, 0, 10, false);
            files.releaseDirectory(opened);
        }

        private void awaitRecords(int count) {
            Volume.await(count + " times of access are recorded", () -> records.get() == count);
        }

        private Timestamp inTree(long inode) throws FileError {
            return troubled.tree().attributes(inode).atime();
        }

        private Timestamp shownAtime() {
            try {
                return files.attributes(file).atime();
            } catch (FileError e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void noatimeRecordsNothing() throws Exception {
        try (var world = new World(folder, AccessTimes.NOATIME)) {
            Timestamp before = world.files.attributes(world.file).atime();
            world.advance(Duration.ofDays(3));
            world.readFile();
            world.readDirectory();
            world.files.readSymlink(world.symlink);
            assertThat(world.files.attributes(world.file).atime()).isEqualTo(before);
            world.files.close();
            assertThat(world.records).hasValue(0);
        }
    }

    @Test
    void relatimeRecordsTheFirstReadAfterAChangeAndOneADay() throws Exception {
        try (var world = new World(folder, AccessTimes.RELATIME)) {
            Timestamp first = world.wall();
            world.readFile();
            assertThat(world.files.attributes(world.file).atime()).as("at once").isEqualTo(first);
            world.awaitRecords(1);
            assertThat(world.inTree(world.file)).isEqualTo(first);
            for (int i = 0; i < 100; i++) {
                world.advance(Duration.ofMinutes(10));
                world.readFile();
            }
            assertThat(world.files.attributes(world.file).atime()).isEqualTo(first);

            world.advance(Duration.ofMinutes(1));
            world.write();
            world.advance(Duration.ofSeconds(1));
            Timestamp afterWrite = world.wall();
            world.readFile();
            world.awaitRecords(2);
            assertThat(world.inTree(world.file)).isEqualTo(afterWrite);
            world.advance(Duration.ofHours(23));
            world.readFile();
            world.advance(Duration.ofHours(2));
            world.readFile();
            world.awaitRecords(3);
            assertThat(world.inTree(world.file)).isEqualTo(world.wall());
            assertThat(world.files.attributes(world.file).mtime()).isLessThan(world.wall());
        }
    }

    @Test
    void strictatimeRecordsOneReadASecond() throws Exception {
        try (var world = new World(folder, AccessTimes.STRICTATIME)) {
            world.readFile();
            world.awaitRecords(1);
            world.advance(Duration.ofMillis(900));
            world.readFile();
            world.advance(Duration.ofMillis(101));
            world.readFile();
            world.awaitRecords(2);
            assertThat(world.inTree(world.file)).isEqualTo(world.wall());
        }
    }

    @Test
    void directoriesAndSymlinksAreReadToo() throws Exception {
        try (var world = new World(folder, AccessTimes.RELATIME)) {
            world.readDirectory();
            world.awaitRecords(1);
            assertThat(world.inTree(world.directory)).isEqualTo(world.wall());
            world.files.readSymlink(world.symlink);
            world.awaitRecords(2);
            assertThat(world.inTree(world.symlink)).isEqualTo(world.wall());
            world.advance(Duration.ofSeconds(5));
            world.readDirectory();
            world.files.readSymlink(world.symlink);
            world.files.close();
            assertThat(world.records).hasValue(2);
        }
    }

    @Test
    void aTimeThatCannotBeRecordedFailsNoReadAndIsLeftAloneForAWhile() throws Exception {
        try (var world = new World(folder, AccessTimes.STRICTATIME)) {
            var tried = new AtomicInteger();
            world.troubled.before(method -> {
                if (method.equals("accessed")) {
                    tried.incrementAndGet();
                    throw new FileError(FileError.Kind.IO, "as the test wants it");
                }
            });
            world.readFile();
            Volume.await("it was tried", () -> tried.get() == 1);
            Volume.await("it was given up", () -> !world.shownAtime().equals(world.wall()));
            for (int i = 0; i < 5; i++) {
                world.advance(Duration.ofSeconds(2));
                world.readFile();
            }
            world.advance(Duration.ofMinutes(1));
            world.troubled.before(TroubledTree.NONE);
            world.readFile();
            world.awaitRecords(1);
            assertThat(tried).hasValue(1);
            assertThat(world.inTree(world.file)).isEqualTo(world.wall());
        }
    }

    /** As programs do that restore the time after they have read a file. */
    @Test
    void aTimeThatIsSetAfterAReadStays() throws Exception {
        try (var world = new World(folder, AccessTimes.STRICTATIME)) {
            var set = new Timestamp(1_000_000_000, 0);
            for (int i = 0; i < 20; i++) {
                world.advance(Duration.ofSeconds(2));
                world.readFile();
                var change = new AttrChange(null, null, null, new AttrChange.Time.At(set), null, null);
                assertThat(world.files.change(Caller.ROOT, world.file, change).atime())
                        .isEqualTo(set);
                assertThat(world.files.attributes(world.file).atime()).isEqualTo(set);
            }
            world.files.close();
            assertThat(world.ground
                            .open(Volume.blocks(world.store))
                            .attributes(world.file)
                            .atime())
                    .isEqualTo(set);
        }
    }
}
