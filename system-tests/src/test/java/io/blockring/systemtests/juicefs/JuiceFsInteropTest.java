package io.blockring.systemtests.juicefs;

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
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One volume in Redis, used by JuiceFS's own core and by a mount of ours: what one does the other sees to the last byte. */
class JuiceFsInteropTest {
    private static final int MIB = 1 << 20;

    /** Longer than the kernel trusts what it was told. */
    private static final Duration KEPT = Duration.ofSeconds(30);

    @TempDir
    private static Path folder;

    private static RedisServer redis;
    private static TestCluster cluster;
    private static Path mount;
    private static JuiceFsCore juiceFs;

    @BeforeAll
    static void openBoth() throws IOException {
        RealMounts.require();
        redis = RedisServer.start(folder.resolve("redis"));
        cluster = TestCluster.start();
        String meta = redis.url(1).toString();
        cluster.cachectl(
                        "volume",
                        "create",
                        "lab",
                        "--meta",
                        meta,
                        "--storage",
                        "file://" + Files.createDirectory(folder.resolve("bucket")),
                        "--compat",
                        "1.0",
                        "--trash-days",
                        "0")
                .orFail();
        mount = cluster.mount(meta);
        juiceFs = JuiceFsCore.open(meta, folder);
    }

    @AfterAll
    static void closeBoth() throws IOException {
        if (juiceFs != null) {
            juiceFs.close();
        }
        if (cluster != null) {
            cluster.close();
        }
        if (redis != null) {
            redis.close();
        }
    }

    private static String sum(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        return bytes.length + " " + HexFormat.of().formatHex(Pattern.digest().digest(bytes));
    }

    private static void assertDone(String answer) {
        assertThat(Long.parseLong(answer)).isNotNegative();
    }

    private static void write(Path file, long offset, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), offset);
        }
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
            assertThat(sum(theirs.resolve(name))).as(name).isEqualTo(juiceFs.call("sum", "/theirs/" + name));
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

    /** The kernel trusts a name for a second. */
    private static void awaitGone(Path file) {
        Await.until(file + " is gone", KEPT, () -> !Files.exists(file, LinkOption.NOFOLLOW_LINKS));
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
            assertThat(juiceFs.call("sum", "/ours/" + name)).as(name).isEqualTo(sum(ours.resolve(name)));
        }
        assertThat(juiceFs.call("readlink", "/ours/link")).isEqualTo("renamed");
        assertThat(juiceFs.call("getxattr", "/ours/renamed", "user.k")).isEqualTo("value");
        assertDone(juiceFs.call("delete", "/ours/hard"));
        Await.until("the other name is gone", KEPT, () -> links(ours.resolve("f4096")) == 1);
        Files.delete(ours.resolve("hole"));
        assertThat(juiceFs.call("sum", "/ours/hole")).isEqualTo("-2");
    }

    /** Both write to the same files and directories, in turns from a seed, and agree with a model after each. */
    @Test
    void bothWorkOnTheSameFiles() throws IOException {
        Path shared = Files.createDirectory(mount.resolve("shared"));
        var random = new Random(7);
        Map<String, byte[]> model = new TreeMap<>();
        for (int i = 0; i < 150; i++) {
            String name = "n" + random.nextInt(6);
            boolean ours = random.nextBoolean();
            switch (random.nextInt(4)) {
                case 0, 1 -> {
                    byte[] old = model.getOrDefault(name, new byte[0]);
                    int offset = random.nextInt(old.length + 100_000);
                    byte[] bytes = Pattern.bytes(i, 1 + random.nextInt(300_000));
                    if (ours) {
                        write(shared.resolve(name), offset, bytes);
                    } else {
                        assertDone(juiceFs.call("write", "/shared/" + name, offset, i, bytes.length));
                    }
                    byte[] all = Arrays.copyOf(old, Math.max(old.length, offset + bytes.length));
                    System.arraycopy(bytes, 0, all, offset, bytes.length);
                    model.put(name, all);
                }
                case 2 -> {
                    String other = "n" + random.nextInt(6);
                    if (model.containsKey(name) && !model.containsKey(other)) {
                        if (ours) {
                            Files.move(shared.resolve(name), shared.resolve(other));
                        } else {
                            assertDone(juiceFs.call("rename", "/shared/" + name, "/shared/" + other));
                        }
                        model.put(other, model.remove(name));
                        compare(shared, other, model.get(other));
                    }
                }
                default -> {
                    if (model.remove(name) != null) {
                        if (ours) {
                            Files.delete(shared.resolve(name));
                        } else {
                            assertDone(juiceFs.call("delete", "/shared/" + name));
                        }
                    }
                }
            }
            compare(shared, name, model.get(name));
        }
    }

    /** What a file holds; nothing where the kernel still trusts an older name. */
    private static Optional<byte[]> ifThere(Path file) {
        try {
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void compare(Path shared, String name, byte @Nullable [] expected) throws IOException {
        if (expected == null) {
            awaitGone(shared.resolve(name));
            assertThat(juiceFs.call("sum", "/shared/" + name)).isEqualTo("-2");
            return;
        }
        byte[] read = Await.untilPresent(name + " is there", KEPT, () -> ifThere(shared.resolve(name)));
        assertThat(read).as(name).isEqualTo(expected);
        String sum = expected.length + " "
                + HexFormat.of().formatHex(Pattern.digest().digest(expected));
        assertThat(juiceFs.call("sum", "/shared/" + name)).as(name).isEqualTo(sum);
    }
}
