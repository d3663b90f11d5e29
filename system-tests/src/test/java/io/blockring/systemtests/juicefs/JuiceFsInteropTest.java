package io.blockring.systemtests.juicefs;

import static io.blockring.systemtests.juicefs.InTurns.awaitGone;
import static io.blockring.systemtests.juicefs.JuiceFsCore.assertDone;
import static io.blockring.systemtests.juicefs.Pattern.sum;
import static io.blockring.systemtests.juicefs.SharedVolume.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.testing.RedisServer;
import io.blockring.systemtests.rig.Await;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.TestCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One volume in Redis, used by JuiceFS's own core and by a mount of ours: what one does the other sees to the last byte. */
class JuiceFsInteropTest {
    private static final int MIB = 1 << 20;

    private static final int READABLE = 4;

    @TempDir
    private static Path folder;

    private static RedisServer redis;
    private static TestCluster cluster;
    private static SharedVolume volume;
    private static Path mount;
    private static JuiceFsCore juiceFs;

    @BeforeAll
    static void openBoth() throws IOException {
        RealMounts.require();
        redis = RedisServer.start(folder.resolve("redis"));
        cluster = TestCluster.start();
        volume = SharedVolume.open(cluster, redis.url(1).toString(), folder);
        mount = volume.mount();
        juiceFs = volume.core();
    }

    @AfterAll
    static void closeBoth() throws IOException {
        if (volume != null) {
            volume.close();
        }
        if (cluster != null) {
            cluster.close();
        }
        if (redis != null) {
            redis.close();
        }
    }

    private static String sumOf(Path file) throws IOException {
        return sum(Files.readAllBytes(file));
    }

    @Test
    void weSeeWhatJuiceFsDid() throws IOException {
        assertDone(juiceFs.call("mkdir", "/theirs", "0755"));
        Path theirs = mount.resolve("theirs");
        int seed = 1;
        for (int length : new int[] {0, 1, 4096, 100_000, 4 * MIB, 9 * MIB + 5}) {
            assertDone(juiceFs.call("write", "/theirs/f" + length, 0, seed, length));
            assertThat(Files.readAllBytes(theirs.resolve("f" + length))).isEqualTo(Pattern.bytes(seed++, length));
        }
        assertDone(juiceFs.call("write", "/theirs/f100000", 50_000, 20, 200_000));
        assertDone(juiceFs.call("write", "/theirs/hole", 70 * MIB, 21, 1000));
        assertDone(juiceFs.call("truncate", "/theirs/f9437189", 5 * MIB));
        assertDone(juiceFs.call("truncate", "/theirs/f1", 3 * MIB));
        assertDone(juiceFs.call("concat", "/theirs/f4096", "/theirs/f4194304"));
        for (String name : new String[] {"f100000", "hole", "f9437189", "f1", "f4096"}) {
            assertThat(sumOf(theirs.resolve(name))).as(name).isEqualTo(juiceFs.call("sum", "/theirs/" + name));
        }
        assertDone(juiceFs.call("rename", "/theirs/f1", "/theirs/renamed"));
        assertDone(juiceFs.call("symlink", "renamed", "/theirs/link"));
        assertDone(juiceFs.call("chmod", "/theirs/renamed", "0640"));
        assertDone(juiceFs.call("utime", "/theirs/renamed", 1_600_000_000_123L, 1_500_000_000_456L));
        assertDone(juiceFs.call("setxattr", "/theirs/renamed", "user.k", "value"));
        awaitGone(theirs.resolve("f1"));
        assertThat(Files.readSymbolicLink(theirs.resolve("link"))).hasToString("renamed");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(theirs.resolve("renamed"))))
                .isEqualTo("rw-r-----");
        assertThat(Files.getLastModifiedTime(theirs.resolve("renamed")))
                .isEqualTo(FileTime.fromMillis(1_600_000_000_123L));
        assertThat(attribute(theirs.resolve("renamed"), "k")).isEqualTo("value");
        assertDone(juiceFs.call("delete", "/theirs/hole"));
        awaitGone(theirs.resolve("hole"));
        assertDone(juiceFs.call("rmr", "/theirs"));
        awaitGone(theirs);
    }

    private static int links(Path file) {
        try {
            return (int) Files.getAttribute(file, "unix:nlink");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String attribute(Path file, String name) throws IOException {
        var view = Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        ByteBuffer value = ByteBuffer.allocate(view.size(name));
        view.read(name, value);
        return new String(value.array(), StandardCharsets.UTF_8);
    }

    @Test
    void juiceFsSeesWhatWeDid() throws IOException {
        Path ours = Files.createDirectory(mount.resolve("ours"));
        int seed = 1;
        for (int length : new int[] {0, 1, 4096, 100_000, 4 * MIB, 9 * MIB + 5}) {
            write(ours.resolve("f" + length), 0, Pattern.bytes(seed++, length));
        }
        write(ours.resolve("f100000"), 50_000, Pattern.bytes(20, 200_000));
        write(ours.resolve("hole"), 70L * MIB, Pattern.bytes(21, 1000));
        try (FileChannel channel = FileChannel.open(ours.resolve("f9437189"), StandardOpenOption.WRITE)) {
            channel.truncate(5L * MIB);
        }
        Files.createLink(ours.resolve("hard"), ours.resolve("f4096"));
        Files.move(ours.resolve("f1"), ours.resolve("renamed"));
        Files.createSymbolicLink(ours.resolve("link"), Path.of("renamed"));
        Files.getFileAttributeView(ours.resolve("renamed"), UserDefinedFileAttributeView.class)
                .write("k", ByteBuffer.wrap("value".getBytes(StandardCharsets.UTF_8)));
        for (String name : new String[] {"f0", "renamed", "f4096", "f100000", "f4194304", "f9437189", "hole", "hard"}) {
            assertThat(juiceFs.call("sum", "/ours/" + name)).as(name).isEqualTo(sumOf(ours.resolve(name)));
        }
        assertThat(juiceFs.call("readlink", "/ours/link")).isEqualTo("renamed");
        assertThat(juiceFs.call("getxattr", "/ours/renamed", "user.k")).isEqualTo("value");
        assertDone(juiceFs.call("delete", "/ours/hard"));
        Await.until("the other name is gone", InTurns.KEPT, () -> links(ours.resolve("f4096")) == 1);
        Files.delete(ours.resolve("hole"));
        assertThat(juiceFs.call("sum", "/ours/hole")).isEqualTo("-2");
    }

    @Test
    void bothWorkOnTheSameFiles() throws IOException {
        volume.inTurns(7).take(150);
    }

    @Test
    void bothWorkOnTheSameFilesCompressedByLz4() throws IOException {
        workCompressed("lz4", 2);
    }

    @Test
    void bothWorkOnTheSameFilesCompressedByZstd() throws IOException {
        workCompressed("zstd", 3);
    }

    private static void workCompressed(String compression, int database) throws IOException {
        try (SharedVolume packed = SharedVolume.open(
                cluster, redis.url(database).toString(), folder, "--compress", compression, "--block-size", "256KiB")) {
            assertDone(packed.core().call("write", "/theirs", 0, 1, 5 * MIB));
            assertThat(Files.readAllBytes(packed.mount().resolve("theirs"))).isEqualTo(Pattern.bytes(1, 5 * MIB));
            write(packed.mount().resolve("ours"), 0, Pattern.bytes(2, 5 * MIB));
            assertThat(packed.core().call("sum", "/ours")).isEqualTo(sum(Pattern.bytes(2, 5 * MIB)));
            packed.inTurns(11).take(40);
        }
    }

    /** The attributes of a file as the mount has them, in the words of {@link JuiceFsProcess}. */
    private static String attributes(Path file) throws IOException {
        var all = Files.readAttributes(file, PosixFileAttributes.class);
        int mode = (int) Files.getAttribute(file, "unix:mode");
        return "%s %o %s %d %d %s %s"
                .formatted(
                        all.isDirectory() ? "d" : "-",
                        mode & 07777,
                        all.isDirectory() ? "" : all.size(),
                        all.lastModifiedTime().toMillis(),
                        all.lastAccessTime().toMillis(),
                        all.owner(),
                        all.group());
    }

    private static void assertSameAttributes(String path) throws IOException {
        assertThat(juiceFs.call("stat", path)).as(path).isEqualTo(attributes(mount.resolve(path.substring(1))));
    }

    @Test
    void bothSeeTheSameAttributes() throws IOException {
        assertDone(juiceFs.call("mkdir", "/their-attributes", "01777"));
        assertDone(juiceFs.call("write", "/their-attributes/file", 0, 1, 12_345));
        assertDone(juiceFs.call("chmod", "/their-attributes/file", "0651"));
        assertDone(juiceFs.call("chown", "/their-attributes/file", "daemon", "daemon"));
        assertDone(juiceFs.call("utime", "/their-attributes/file", 1_600_000_000_123L, 1_500_000_000_456L));
        assertDone(juiceFs.call("setxattr", "/their-attributes/file", "user.a", "1"));
        assertDone(juiceFs.call("setxattr", "/their-attributes/file", "user.b", "22"));
        assertDone(juiceFs.call("removexattr", "/their-attributes/file", "user.a"));
        assertSameAttributes("/their-attributes");
        assertSameAttributes("/their-attributes/file");
        Path file = mount.resolve("their-attributes/file");
        assertThat(Files.getOwner(file)).hasToString("daemon");
        assertThat(Files.getFileAttributeView(file, UserDefinedFileAttributeView.class)
                        .list())
                .containsExactly("b");

        Path ours = Files.createDirectory(mount.resolve("our-attributes"));
        Files.setAttribute(ours, "unix:mode", 02775);
        write(ours.resolve("file"), 0, Pattern.bytes(1, 54_321));
        Files.setAttribute(ours.resolve("file"), "unix:mode", 0640);
        Files.setAttribute(ours.resolve("file"), "unix:uid", 1);
        Files.setAttribute(ours.resolve("file"), "unix:gid", 1);
        Files.getFileAttributeView(ours.resolve("file"), BasicFileAttributeView.class)
                .setTimes(FileTime.fromMillis(1_600_000_000_123L), FileTime.fromMillis(1_500_000_000_456L), null);
        Files.getFileAttributeView(ours.resolve("file"), UserDefinedFileAttributeView.class)
                .write("c", ByteBuffer.wrap(new byte[] {'x'}));
        assertSameAttributes("/our-attributes");
        assertSameAttributes("/our-attributes/file");
        assertThat(juiceFs.call("listxattr", "/our-attributes/file")).isEqualTo("user.c");
        assertThat(juiceFs.call("access", "/our-attributes/file", READABLE)).isEqualTo("0");
        assertThat(juiceFs.call("access", "/our-attributes/nobody", READABLE)).isEqualTo("-2");
    }

    @Test
    void bothListAndSumUpTheSame() throws IOException {
        Path tree = Files.createDirectories(mount.resolve("tree/deep"));
        write(tree.resolve("ours"), 0, Pattern.bytes(1, 10_000));
        assertDone(juiceFs.call("mkdir", "/tree/their", "0755"));
        assertDone(juiceFs.call("write", "/tree/their/file", 0, 3, 20_001));
        assertDone(juiceFs.call("write", "/tree/ünï-日本", 0, 3, 5));
        assertThat(juiceFs.call("list", "/tree").split("\t", -1)).containsExactlyInAnyOrder("deep", "their", "ünï-日本");
        assertThat(mount.resolve("tree").toFile().list()).containsExactlyInAnyOrder("deep", "their", "ünï-日本");
        assertThat(juiceFs.call("list", "/tree/deep")).isEqualTo("ours");
        assertThat(juiceFs.call("summary", "/tree")).isEqualTo("30006 3 3");
        assertThat(juiceFs.call("read", "/tree/deep/ours", 5000, 3000))
                .isEqualTo(sum(Arrays.copyOfRange(Pattern.bytes(1, 10_000), 5000, 8000)));
        var store = Files.getFileStore(mount);
        assertThat(juiceFs.call("statvfs")).isEqualTo(store.getTotalSpace() + " " + store.getUsableSpace());
        assertDone(juiceFs.call("delete", "/tree/deep/ours"));
        assertThat(juiceFs.call("delete", "/tree")).as("it is not empty").isEqualTo("-39");
        awaitGone(tree.resolve("ours"));
        Files.delete(tree);
        assertThat(juiceFs.call("access", "/tree/deep", READABLE)).isEqualTo("-2");
    }
}
