package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.Caller;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How mounts begin and end, and what the kernel keeps meanwhile. */
class MountLifeTest {
    private static final FuseSettings.Trust AN_HOUR =
            new FuseSettings.Trust(Duration.ofHours(1), Duration.ofHours(1), Duration.ofHours(1), Duration.ofHours(1));

    private static final long ROOT = 1;

    @TempDir
    private Path directory;

    @BeforeEach
    void requireFuse() {
        Mounts.requireFuse();
    }

    private Mounts mount(MemoryFileSystem fileSystem) throws IOException {
        return Mounts.of(fileSystem, directory, FuseSettings.defaults());
    }

    @Test
    void anUnmountWhileBusyLeavesOpenFilesUsableAndEndsWithTheLast() throws Exception {
        try (var mounts = mount(new MemoryFileSystem())) {
            try (var channel = FileChannel.open(
                    mounts.path("file"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE)) {
                mounts.point().unmount();

                assertThat(directory).isEmptyDirectory();
                channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0);
                assertThat(channel.size()).isEqualTo(3);
                assertThat(mounts.mount().awaitEnd(Duration.ofMillis(200))).isFalse();
            }
            assertThat(mounts.mount().awaitEnd(Mounts.END_DEADLINE)).isTrue();
        }
    }

    @Test
    void aMountWhoseProcessWasKilledIsReplacedAtTheSamePlace() throws Exception {
        Path hello = directory.resolve("hello");
        try (var other = MountingProcess.start(directory)) {
            assertThat(other.awaitReady()).isTrue();
            assertThat(hello).hasContent(MountingProcess.CONTENT);

            other.kill();

            assertThatThrownBy(() -> Files.readString(hello))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining("not connected");
        }
        try (var mounts = mount(new MemoryFileSystem())) {
            Files.writeString(mounts.path("new"), "alive");
            assertThat(mounts.path("new")).hasContent("alive");
            assertThat(hello).doesNotExist();
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aLivingMountIsNotReplaced() throws Exception {
        try (var mounts = mount(new MemoryFileSystem())) {
            assertThatThrownBy(() -> mount(new MemoryFileSystem()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("alive");
            Files.writeString(mounts.path("still"), "here");
            assertThat(mounts.path("still")).hasContent("here");
        }
    }

    @Test
    void whatIsNotOursIsNotReplaced() throws Exception {
        Assumptions.assumeTrue(Mounts.isRoot(), "only root can mount a tmpfs");
        Programs.succeed("mount", "-t", "tmpfs", "none", directory.toString());
        try {
            assertThatThrownBy(() -> mount(new MemoryFileSystem()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("tmpfs");
        } finally {
            Programs.succeed("umount", directory.toString());
        }
    }

    @Test
    void aFileOrNothingIsNoMountPoint() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");

        assertThatThrownBy(() -> MountPoint.mount(file, "test", FuseSettings.defaults()))
                .isInstanceOf(NotDirectoryException.class);
        assertThatThrownBy(() -> MountPoint.mount(directory.resolve("none"), "test", FuseSettings.defaults()))
                .isInstanceOf(IOException.class);
    }

    @Test
    void blanksAndCommasInNamesAreJustNames() throws Exception {
        Path odd = Files.createDirectory(directory.resolve("a b,c\\d"));
        var settings = FuseSettings.defaults();
        try (var point = MountPoint.mount(odd, "s3://bucket,with comma", settings);
                var _ = FuseMount.serve(point.takeDescriptor(), new MemoryFileSystem(), settings)) {
            assertThat(Files.getFileStore(odd).name()).isEqualTo("s3://bucket,with comma");
            point.unmount();
        }
        assertThat(odd).isEmptyDirectory();
    }

    @Test
    void aMountThatNobodyServesCanBeClosed() throws Exception {
        MountPoint.mount(directory, "test", FuseSettings.defaults()).close();

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void closingWithoutUnmountingDisconnectsWhoIsLeft() throws Exception {
        var mounts = mount(new MemoryFileSystem());
        try {
            mounts.mount().close();

            assertThatThrownBy(() -> Files.list(directory).close()).hasMessageContaining("not connected");
        } finally {
            mounts.point().close();
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void aReadOnlyMountRefusesChanges() throws Exception {
        try (var mounts = Mounts.of(
                new MemoryFileSystem(), directory, FuseSettings.defaults().withReadOnly(true))) {
            assertThatThrownBy(() -> Files.writeString(mounts.path("file"), "")).hasMessageContaining("Read-only");
        }
    }

    @Test
    void theKernelReadsAheadAsFarAsItIsTold() throws Exception {
        Assumptions.assumeTrue(Mounts.isRoot(), "only root can raise the read-ahead of a mount");
        try (var mounts = mount(new MemoryFileSystem())) {
            String device =
                    MountTable.at(mounts.point().directory()).orElseThrow().device();
            assertThat(Path.of("/sys/class/bdi", device, "read_ahead_kb")).hasContent("1024");
        }
    }

    @Test
    void anOpenShowsWhatAnotherClientWroteHoweverLongTheKernelMayTrustItsCaches() throws Exception {
        var fileSystem = new MemoryFileSystem();
        var trusting = FuseSettings.defaults().withTrust(AN_HOUR);
        try (var mounts = Mounts.of(fileSystem, directory, trusting)) {
            Path file = Files.writeString(mounts.path("file"), "first");
            assertThat(Files.readString(file)).isEqualTo("first");
            for (String content : new String[] {"other", "a longer one", "short", ""}) {
                fileSystem.overwriteUnseen(ROOT, Name.of("file"), content.getBytes(StandardCharsets.UTF_8));

                assertThat(Files.readString(file)).isEqualTo(content);
            }
        }
    }

    @Test
    void theFileSystemCanEndTheKernelsTrustInAFile() throws Exception {
        var fileSystem = new MemoryFileSystem();
        var trusting = FuseSettings.defaults().withTrust(AN_HOUR);
        try (var mounts = Mounts.of(fileSystem, directory, trusting)) {
            Path file = Files.writeString(mounts.path("file"), "first");
            long node = (long) (Long) Files.getAttribute(file, "unix:ino");
            try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
                assertThat(read(channel)).isEqualTo("first");
                fileSystem.overwriteUnseen(ROOT, Name.of("file"), "other".getBytes(StandardCharsets.UTF_8));
                assertThat(read(channel)).as("what is open is trusted").isEqualTo("first");

                fileSystem.kernel().forgetInode(node, 0, 0);

                Deadline.await(() -> read(channel).equals("other"));
            }
        }
    }

    @Test
    void theKernelRemembersThatANameIsMissingUntilItIsMadeThroughIt() throws Exception {
        var fileSystem = new MemoryFileSystem();
        var trusting = FuseSettings.defaults().withTrust(AN_HOUR);
        try (var mounts = Mounts.of(fileSystem, directory, trusting)) {
            Path file = mounts.path("file");
            assertThat(file).doesNotExist();
            fileSystem.makeNode(Caller.ROOT, ROOT, Name.of("file"), FileType.FILE, 0644, 0);
            assertThat(file).as("that it is missing is trusted").doesNotExist();

            fileSystem.kernel().forgetEntry(ROOT, Name.of("file"));

            Deadline.await(() -> Files.exists(file));
            Path made = mounts.path("made");
            assertThat(made).doesNotExist();
            Files.createDirectory(made);
            assertThat(made).isDirectory();
            Files.delete(made);
            assertThat(made).doesNotExist();
            Files.writeString(made, "a file now");
            assertThat(made).hasContent("a file now");
        }
    }

    @Test
    void theFileSystemCanEndTheKernelsTrustInAName() throws Exception {
        var fileSystem = new MemoryFileSystem();
        var trusting = FuseSettings.defaults().withTrust(AN_HOUR);
        try (var mounts = Mounts.of(fileSystem, directory, trusting)) {
            Path file = Files.writeString(mounts.path("file"), "");
            Files.size(file); // after a write the kernel asks once more
            fileSystem.unlink(Caller.ROOT, ROOT, Name.of("file"));
            assertThat(file).as("its name is trusted").exists();

            fileSystem.kernel().forgetEntry(ROOT, Name.of("file"));

            Deadline.await(() -> !Files.exists(file));
        }
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(5);
        channel.read(bytes, 0);
        return new String(bytes.array(), StandardCharsets.UTF_8);
    }

    @Test
    void aNameThatAnotherClientTakesDuringACreateIsOpenedWithTheChecksOfAnOpen() throws Exception {
        var fileSystem = new MemoryFileSystem() {
            @Override
            public synchronized Entry lookup(Caller caller, long parent, Name name) throws FileError {
                if (name.toString().equals("new") && made.compareAndSet(false, true)) {
                    // The kernel is told that there is none; another client makes it before the kernel's CREATE.
                    makeNode(Caller.ROOT, parent, name, FileType.FILE, 0_644, 0);
                    overwriteUnseen(parent, name, "theirs".getBytes(StandardCharsets.UTF_8));
                    throw new FileError(FileError.Kind.NOT_FOUND, "not yet");
                }
                return super.lookup(caller, parent, name);
            }

            private final AtomicBoolean made = new AtomicBoolean();
        };
        try (var mounts = mount(fileSystem)) {
            Files.writeString(mounts.path("new"), " and ours", StandardOpenOption.CREATE, StandardOpenOption.APPEND);

            assertThat(mounts.path("new")).hasContent("theirs and ours");
        }
    }

    @Test
    void aProcessThatWaitsForASlowStoreCanBeKilled() throws Exception {
        var fileSystem = new WaitingFileSystem();
        try (var mounts = mount(fileSystem)) {
            Path file = Files.write(mounts.path("file"), new byte[1 << 20]);
            Process syncing = new ProcessBuilder("sync", file.toString()).start();
            fileSystem.awaitBegun(1);
            Process reading = new ProcessBuilder("cat", file.toString()).start();
            fileSystem.awaitBegun(1);

            Programs.kill(syncing);
            Programs.kill(reading);

            Deadline.await(() -> fileSystem.interruptedCount() == 1);
            fileSystem.letGo();
        } finally {
            fileSystem.letGo();
        }
    }
}
