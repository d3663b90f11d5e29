package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.Caller;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What programs see of a file system that is really mounted. */
class MountTest {
    private static final long ROOT = 1;

    private final MemoryFileSystem fileSystem = new MemoryFileSystem();
    private Mounts mounts;

    @BeforeEach
    void mount(@TempDir Path directory) throws Exception {
        Mounts.requireFuse();
        mounts = Mounts.of(fileSystem, directory, FuseSettings.defaults());
    }

    @AfterEach
    void unmount() throws Exception {
        try {
            // Before the unmount: with it the kernel drops what it has not sent, releases too.
            Deadline.await(() -> fileSystem.openHandles() == 0);
        } finally {
            mounts.close();
        }
    }

    private static byte[] randomBytes(int count, long seed) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @Test
    void aFileIsReadAsItWasWritten() throws Exception {
        byte[] content = randomBytes(5 * 1024 * 1024 + 77, 1);
        Path file = mounts.path("file");

        Files.write(file, content);

        assertThat(Files.readAllBytes(file)).isEqualTo(content);
        assertThat(Files.size(file)).isEqualTo(content.length);
    }

    @Test
    void namesAreMadeMovedAndRemoved() throws Exception {
        Path directory = Files.createDirectory(mounts.path("directory"));
        Path file = Files.writeString(directory.resolve("a"), "content");
        Path moved = Files.move(file, mounts.path("b"));

        assertThat(moved).hasContent("content");
        assertThat(file).doesNotExist();
        assertThat(directory).isEmptyDirectory();
        Files.writeString(directory.resolve("c"), "");
        assertThatThrownBy(() -> Files.delete(directory)).isInstanceOf(DirectoryNotEmptyException.class);
        Files.delete(directory.resolve("c"));
        Files.delete(directory);
        assertThat(directory).doesNotExist();
    }

    @Test
    void renameKnowsNoReplaceAndExchangeButNoWhiteout() throws Exception {
        Path a = Files.writeString(mounts.path("a"), "A");
        Path b = Files.writeString(mounts.path("b"), "B");

        assertThat(FileCalls.rename(a, b, FileCalls.RENAME_NO_REPLACE)).isEqualTo(-Errno.EEXIST.code());
        assertThat(FileCalls.rename(a, b, FileCalls.RENAME_EXCHANGE)).isZero();
        assertThat(a).hasContent("B");
        assertThat(b).hasContent("A");
        assertThat(FileCalls.rename(a, b, FileCalls.RENAME_WHITEOUT)).isEqualTo(-Errno.EINVAL.code());
        assertThat(FileCalls.rename(a, b, 0)).isZero();
        assertThat(a).doesNotExist();
        assertThat(b).hasContent("B");
    }

    @Test
    void linksAreFollowedAndCounted() throws Exception {
        Path file = Files.writeString(mounts.path("file"), "content");
        Path hard = Files.createLink(mounts.path("hard"), file);
        Path soft = Files.createSymbolicLink(mounts.path("soft"), Path.of("file"));

        assertThat(Files.getAttribute(file, "unix:nlink")).isEqualTo(2);
        assertThat(Files.readSymbolicLink(soft)).isEqualTo(Path.of("file"));
        Files.delete(file);
        assertThat(hard).hasContent("content");
        assertThat(Files.exists(soft)).as("what the link names").isFalse();
        assertThat(Files.readSymbolicLink(soft)).isEqualTo(Path.of("file"));
    }

    @Test
    void extendedAttributesAreKept() throws Exception {
        Path file = Files.writeString(mounts.path("file"), "");
        var view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        byte[] value = randomBytes(1000, 2);

        view.write("colour", ByteBuffer.wrap(value));
        view.write("shape", ByteBuffer.wrap(new byte[0]));

        ByteBuffer read = ByteBuffer.allocate(view.size("colour"));
        view.read("colour", read);
        assertThat(read.array()).isEqualTo(value);
        assertThat(view.list()).containsExactlyInAnyOrder("colour", "shape");
        view.delete("colour");
        assertThat(view.list()).containsExactly("shape");
    }

    @Test
    void fiveThousandEntriesAreListedOnceAndInByteOrder() throws Exception {
        Path directory = Files.createDirectory(mounts.path("many"));
        long node = fileSystem.lookup(Caller.ROOT, ROOT, Name.of("many")).inode();
        var random = new Random(3);
        List<String> names = Stream.generate(() -> "file-" + Integer.toHexString(random.nextInt()))
                .distinct()
                .limit(5000)
                .sorted()
                .toList();
        for (String name : names) {
            fileSystem.makeNode(Caller.ROOT, node, Name.of(name), FileType.FILE, 0_644, 0);
        }

        try (Stream<Path> list = Files.list(directory)) {
            assertThat(list.map(path -> path.getFileName().toString())).containsExactlyElementsOf(names);
        }
        assertThat(Programs.succeed("ls", "-f", "-1", directory.toString()).lines())
                .startsWith(".", "..")
                .hasSize(5002);
        assertThat(Programs.succeed("ls", "-l", directory.toString()).lines()).hasSize(5001);
    }

    @Test
    void seekFindsDataAndHoles() throws Exception {
        Path file = Files.write(mounts.path("file"), new byte[1000]);

        assertThat(FileCalls.seek(file, 10, FileCalls.SEEK_DATA)).isEqualTo(10);
        assertThat(FileCalls.seek(file, 10, FileCalls.SEEK_HOLE)).isEqualTo(1000);
        assertThat(FileCalls.seek(file, 1000, FileCalls.SEEK_DATA)).isEqualTo(-Errno.ENXIO.code());
    }

    @Test
    void filesGrowAndShrinkAndAreAllocated() throws Exception {
        Path file = Files.writeString(mounts.path("file"), "0123456789");
        try (var access = new RandomAccessFile(file.toFile(), "rw")) {
            access.setLength(4);
            assertThat(Files.readString(file)).isEqualTo("0123");
            access.setLength(6);
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(new byte[] {'0', '1', '2', '3', 0, 0});
        assertThat(FileCalls.allocate(file, 0, 0, 5000)).isZero();
        assertThat(Files.size(file)).isEqualTo(5000);
        Files.write(file, new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
        assertThat(Files.size(file)).isZero();
    }

    @Test
    void rangesBecomeZerosForProgramsThatHaveReadThem() throws Exception {
        Path file = Files.writeString(mounts.path("file"), "0123456789");
        assertThat(file).hasContent("0123456789");

        assertThat(FileCalls.allocate(file, FileCalls.PUNCH_HOLE_KEEP_SIZE, 1, 2))
                .isZero();
        assertThat(Files.readString(file)).isEqualTo("0\0\0003456789");
        assertThat(FileCalls.allocate(file, FileCalls.ZERO_RANGE_KEEP_SIZE, 8, 100))
                .isZero();
        assertThat(Files.readString(file)).isEqualTo("0\0\00034567\0\0");
        assertThat(FileCalls.allocate(file, FileCalls.ZERO_RANGE, 5, 7)).isZero();
        assertThat(Files.readString(file)).isEqualTo("0\0\00034\0\0\0\0\0\0\0");
    }

    @Test
    void rangesAreNeitherCollapsedNorInserted() throws Exception {
        Path file = Files.write(mounts.path("file"), new byte[3 * 4096]);

        for (int mode : List.of(FileCalls.COLLAPSE_RANGE, FileCalls.INSERT_RANGE)) {
            assertThat(FileCalls.allocate(file, mode, 4096, 4096))
                    .as("mode %d", mode)
                    .isEqualTo(-Errno.EOPNOTSUPP.code());
        }
    }

    @Test
    void aRangeIsCopiedByTheFileSystemItself() throws Exception {
        Path from = Files.writeString(mounts.path("from"), "0123456789");
        Path to = Files.writeString(mounts.path("to"), "abcdef");
        assertThat(to).hasContent("abcdef");

        assertThat(FileCalls.copyRange(from, 2, to, 4, 100)).isEqualTo(8);

        assertThat(to).hasContent("abcd23456789");
        assertThat(Files.size(to)).isEqualTo(12);
        assertThat(fileSystem.rangeCopies()).isEqualTo(1);
        assertThat(FileCalls.copyRange(from, 0, from, 5, 6)).isEqualTo(-Errno.EINVAL.code());
        assertThat(FileCalls.copyRange(from, 0, from, 5, 5)).isEqualTo(5);
        assertThat(from).hasContent("0123401234");
    }

    @Test
    void whatIsAppendedComesBehind() throws Exception {
        Path file = Files.writeString(mounts.path("file"), "one ");

        Files.writeString(file, "two ", StandardOpenOption.APPEND);
        Files.writeString(file, "three", StandardOpenOption.APPEND);

        assertThat(file).hasContent("one two three");
    }

    @Test
    void timesAndModesAndTheUmaskAreKept() throws Exception {
        Path file = mounts.path("file");
        Programs.succeed("sh", "-c", "umask 027; echo > $0; mkdir $0.d; mkfifo $0.p", file.toString());
        FileTime time = FileTime.from(Instant.parse("2001-02-03T04:05:06.123456789Z"));

        Files.setLastModifiedTime(file, time);

        assertThat(Files.getLastModifiedTime(file)).isEqualTo(time);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(mounts.path("file.d"))))
                .isEqualTo("rwxr-x---");
        assertThat((int) Files.getAttribute(mounts.path("file.p"), "unix:mode")).isEqualTo(0_010640);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThat(Files.getAttribute(file, "unix:mode")).isEqualTo(0_100777);
    }

    @Test
    void theFileSystemsUsageIsTold() throws Exception {
        FileStore store = Files.getFileStore(mounts.point().directory());

        assertThat(store.type()).isEqualTo(MountPoint.TYPE);
        assertThat(store.name()).isEqualTo("test");
        assertThat(store.getTotalSpace()).isEqualTo(MemoryFileSystem.CAPACITY_BYTES);
        assertThat(store.getUsableSpace()).isEqualTo(MemoryFileSystem.CAPACITY_BYTES / 2);
    }

    @Test
    void memoryMapsSeeAndChangeTheFile() throws Exception {
        byte[] content = randomBytes(300_000, 4);
        Path file = Files.write(mounts.path("file"), content);

        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                var arena = Arena.ofConfined()) {
            MemorySegment map = channel.map(FileChannel.MapMode.READ_WRITE, 0, content.length, arena);
            assertThat(map.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
            map.set(ValueLayout.JAVA_BYTE, 200_000, (byte) 42);
            map.force();
        }
        content[200_000] = 42;
        assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }

    @Test
    void treesAreCopiedAndArchivedWhole(@TempDir Path plain) throws Exception {
        Path original = Files.createDirectory(plain.resolve("tree"));
        Path tree = Files.createDirectory(original.resolve("sub"));
        Files.write(tree.resolve("large"), randomBytes(1_500_000, 5));
        Files.writeString(tree.resolve("small"), "x");
        Files.createLink(tree.resolve("linked"), tree.resolve("small"));
        Files.createSymbolicLink(tree.resolve("soft"), Path.of("small"));
        String copy = mounts.path("copy").toString();
        String archive = mounts.path("archive.tar").toString();

        Programs.succeed("cp", "-a", original.toString(), copy);
        Programs.succeed("diff", "-r", "--no-dereference", original.toString(), copy);
        Programs.succeed("tar", "-cf", archive, "-C", copy, ".");
        Path unpacked = Files.createDirectory(mounts.path("unpacked"));
        Programs.succeed("tar", "-xf", archive, "-C", unpacked.toString());
        Programs.succeed("diff", "-r", "--no-dereference", original.toString(), unpacked.toString());
        assertThat(Files.getAttribute(unpacked.resolve("sub/linked"), "unix:nlink"))
                .isEqualTo(2);
        Programs.succeed("rm", "-r", copy);
        assertThat(mounts.path("copy")).doesNotExist();
    }

    @Test
    void manyReadersAndWritersDoNotMixTheirBytes() throws Exception {
        int writers = 6;
        int rounds = 8;
        int bytes = 400_000;
        Path shared = Files.write(mounts.path("shared"), new byte[writers * bytes]);
        var tasks = new ArrayList<Callable<Void>>();
        for (int writer = 0; writer < writers; writer++) {
            int number = writer;
            tasks.add(() -> {
                Path own = mounts.path("own-" + number);
                try (var channel = FileChannel.open(shared, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                    for (int round = 0; round < rounds; round++) {
                        byte[] content = randomBytes(bytes, number * 1000L + round);
                        Files.write(own, content);
                        channel.write(ByteBuffer.wrap(content), (long) number * bytes);
                        ByteBuffer read = ByteBuffer.allocate(bytes);
                        while (read.hasRemaining()
                                && channel.read(read, (long) number * bytes + read.position()) > 0) {}
                        assertThat(read.array()).isEqualTo(content);
                        assertThat(Files.readAllBytes(own)).isEqualTo(content);
                    }
                }
                return null;
            });
        }
        try (var threads = Executors.newFixedThreadPool(writers)) {
            for (Future<Void> task : threads.invokeAll(tasks)) {
                task.get();
            }
        }
        byte[] whole = Files.readAllBytes(shared);
        for (int writer = 0; writer < writers; writer++) {
            assertThat(Arrays.copyOfRange(whole, writer * bytes, (writer + 1) * bytes))
                    .isEqualTo(randomBytes(bytes, writer * 1000L + rounds - 1));
        }
    }

    @Test
    void aFileThatIsUnlinkedWhileOpenIsStillThereForWhoHasIt() throws Exception {
        Path file = Files.writeString(mounts.path("file"), "content");
        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            Files.delete(file);
            assertThat(file).doesNotExist();
            channel.write(ByteBuffer.wrap("C".getBytes(StandardCharsets.UTF_8)), 0);
            ByteBuffer read = ByteBuffer.allocate(7);
            channel.read(read, 0);
            assertThat(new String(read.array(), StandardCharsets.UTF_8)).isEqualTo("Content");
            assertThat(channel.size()).isEqualTo(7);
        }
    }

    @Test
    void largeDirectIosAreWhole() throws Exception {
        byte[] content = randomBytes(3 << 20, 6);
        Path file = Files.write(mounts.path("file"), content);
        Path copy = mounts.path("copy");

        Programs.succeed("dd", "if=" + file, "of=" + copy, "bs=2M", "iflag=direct", "oflag=direct", "status=none");

        assertThat(Files.readAllBytes(copy)).isEqualTo(content);
    }

    @Test
    void locksAreKeptByTheKernel() throws Exception {
        Path file = Files.writeString(mounts.path("file"), "");

        String script = "flock -n $1 sh -c \"flock -n $1 true || echo taken\"; flock -n $1 echo free";

        assertThat(Programs.succeed("sh", "-c", script, "sh", file.toString()).lines())
                .containsExactly("taken", "free");
    }
}
