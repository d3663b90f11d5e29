package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.blockring.meta.testing.RedisServer;
import io.blockring.systemtests.rig.Await;
import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.RunningProgram;
import io.blockring.systemtests.rig.TestCluster;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands on whole trees: of a mount that holds RocksDB metadata, and of a volume in Redis with and without one. */
class TreeCommandsTest {
    private static final DateTimeFormatter HOUR =
            DateTimeFormatter.ofPattern("uuuu-MM-dd-HH").withZone(ZoneOffset.UTC);

    /** A job tells how far it is five times a second, and so learns that nobody listens. */
    private static final Duration UNHEARD = Duration.ofSeconds(2);

    @TempDir
    private static Path folder;

    private static TestCluster cluster;

    @BeforeAll
    static void start() {
        RealMounts.require();
        cluster = TestCluster.start();
    }

    @AfterAll
    static void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    /** A volume with a trash of one day. */
    private static String volume(String name, String meta) {
        cluster.cachectl(
                        "volume",
                        "create",
                        name,
                        "--meta",
                        meta,
                        "--storage",
                        "s3://" + TestCluster.BUCKET,
                        "--endpoint",
                        cluster.s3Endpoint())
                .orFail();
        return meta;
    }

    private static void sample(Path top) throws IOException {
        Files.createDirectories(top.resolve("sub/empty"));
        Files.writeString(top.resolve("f"), "first");
        Files.write(top.resolve("sub/g"), new byte[100_000]);
        Files.createLink(top.resolve("sub/h"), top.resolve("f"));
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(Path::getFileName).map(Path::toString).sorted().toList();
        }
    }

    /** The hours of the trash; more than one when the hour ends during the test. */
    private static List<String> hours(Path mount, Instant since) {
        return Stream.of(since, Instant.now())
                .map(HOUR::format)
                .distinct()
                .filter(hour -> Files.isDirectory(mount.resolve(".trash").resolve(hour)))
                .toList();
    }

    @Test
    void aMountDoesAllOfThemAndShowsAtOnceWhatTheyDid() throws Exception {
        Instant began = Instant.now();
        Path mount = cluster.mount(volume("lab", "rocksdb://" + folder.resolve("lab")));
        Path top = mount.resolve("top");
        sample(top);
        assertThat(Files.exists(mount.resolve("copy")))
                .as("the kernel knows that it is not there")
                .isFalse();

        JsonNode cloned =
                cluster.json("clone", top.toString(), mount.resolve("copy").toString());
        assertThat(cloned.path("entries").asLong()).isEqualTo(6);
        assertThat(names(mount.resolve("copy"))).containsExactly("f", "sub");
        assertThat(mount.resolve("copy/sub/h")).hasContent("first");
        Files.writeString(mount.resolve("copy/f"), "second");
        assertThat(top.resolve("f")).hasContent("first");
        assertThat(cluster.cachectl(
                                "clone", top.toString(), mount.resolve("copy").toString())
                        .exitStatus())
                .isEqualTo(8);

        quotas(mount);
        reports(mount, top);

        assertThat(cluster.json("rmr", top.toString()).path("removed").asLong()).isEqualTo(6);
        assertThat(names(mount)).containsExactly("copy");
        for (String hour : hours(mount, began)) {
            cluster.json("restore", mount.toString(), hour, "--put-back");
        }
        assertThat(names(top.resolve("sub"))).containsExactly("empty", "g", "h");
        assertThat(top.resolve("sub/h")).hasContent("first");
        assertThat(cluster.json("rmr", mount.resolve("copy").toString(), "--skip-trash")
                        .path("failed")
                        .asLong())
                .isZero();
        assertThat(top.resolve("f")).as("its copy is gone, and it has its data").hasContent("first");
        assertThat(cluster.cachectl("rmr", mount.toString()).exitStatus()).isEqualTo(2);
        Program.Result check = cluster.cachectl("quota", "check", mount.toString(), "--strict");
        assertThat(check.exitStatus()).as(check.out() + check.err()).isZero();
        cluster.umount(mount);
    }

    private static void quotas(Path mount) throws IOException {
        Path copy = mount.resolve("copy");
        Program.Result set = cluster.cachectl("quota", "set", copy.toString(), "--bytes", "64KiB", "--inodes", "50M")
                .orFail();
        assertThat(set.out()).contains("/copy").contains("50000000");
        assertThat(set.err()).contains("over by").contains("EDQUOT");
        assertThatThrownBy(() -> Files.createFile(copy.resolve("more")))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("quota");
        cluster.cachectl("quota", "set", copy.toString(), "--bytes", "0").orFail();
        Files.createFile(copy.resolve("more"));
        assertThat(cluster.json("quota", "get", copy.toString())
                        .path("usedInodes")
                        .asLong())
                .isEqualTo(6);
        assertThat(cluster.json("quota", "ls", mount.toString())).hasSize(1);
        cluster.cachectl("quota", "rm", copy.toString()).orFail();
        assertThat(cluster.cachectl("quota", "get", copy.toString()).exitStatus())
                .isEqualTo(3);
    }

    private static void reports(Path mount, Path top) {
        JsonNode used = cluster.json("du", mount.toString(), "-d", "1", "--verify");
        assertThat(used.path("verified").asBoolean()).isTrue();
        assertThat(used.path("files").asLong()).isEqualTo(7);
        assertThat(used.path("entries")).hasSize(2);
        JsonNode info = cluster.json("info", "--raw", top.resolve("f").toString());
        assertThat(info.path("paths").toString()).contains("/top/f", "/top/sub/h");
        assertThat(info.path("slices").path(0).path("objects").path(0).asText()).startsWith("lab/chunks/");
        assertThat(cluster.json("summary", mount.toString(), "--strict")
                        .path("directories")
                        .asLong())
                .isEqualTo(7);
        assertThat(cluster.json("compact", mount.toString()).path("files").asLong())
                .isEqualTo(7);
    }

    @Test
    void aVolumeInRedisIsWorkedOnWithAndWithoutAMount() throws Exception {
        try (RedisServer redis = RedisServer.start(folder.resolve("redis"))) {
            String meta = volume("shared", redis.url(1).toString());
            Path mount = cluster.mount(meta);
            sample(mount.resolve("top"));
            assertThat(cluster.json(
                                    "clone",
                                    mount.resolve("top").toString(),
                                    mount.resolve("by-mount").toString())
                            .path("entries")
                            .asLong())
                    .isEqualTo(6);
            assertThat(cluster.json("clone", meta, "--path", "/top", "/by-url")
                            .path("entries")
                            .asLong())
                    .isEqualTo(6);
            assertThat(mount.resolve("by-url/sub/h")).hasContent("first");
            assertThat(cluster.json("du", meta, "--path", "/", "--verify")
                            .path("verified")
                            .asBoolean())
                    .isTrue();
            cluster.umount(mount);
            cluster.cachectl("rmr", meta, "--path", "/top", "--skip-trash").orFail();
            cluster.cachectl("quota", "set", meta, "--uid", "4711", "--inodes", "10")
                    .orFail();
            assertThat(cluster.cachectl("quota", "check", meta).exitStatus()).isZero();
            Path again = cluster.mount(meta);
            assertThat(names(again)).containsExactly("by-mount", "by-url");
            assertThat(again.resolve("by-mount/f")).hasContent("first");
            cluster.umount(again);
        }
    }

    /** How many inodes a volume has in use. */
    private static long used(Path mount) {
        String[] counts = Program.run(Map.of(), null, List.of("stat", "-f", "-c", "%c %d", mount.toString()))
                .orFail()
                .out()
                .trim()
                .split(" ", -1);
        return Long.parseLong(counts[0]) - Long.parseLong(counts[1]);
    }

    @Test
    void aCommandThatIsInterruptedEndsItsJobInTheMount() throws Exception {
        Path mount = cluster.mount(volume("many", "rocksdb://" + folder.resolve("many")));
        Path top = Files.createDirectory(mount.resolve("top"));
        for (int i = 0; i < 1000; i++) {
            Files.createFile(top.resolve("f" + i));
        }
        for (int i = 0; i < 7; i++) {
            Path copy = mount.resolve("copy");
            cluster.cachectl("clone", top.toString(), copy.toString()).orFail();
            Files.move(copy, top.resolve("d" + i));
        }
        long before = used(mount);
        RunningProgram remover = RunningProgram.start(
                "rmr",
                Program.cachectl("-Xmx64m", List.of("rmr", top.toString(), "--skip-trash")),
                Map.of(),
                folder.resolve("rmr.log"));
        Await.until("something is removed", Program.LIMIT, () -> used(mount) < before);
        remover.signal("INT");
        Await.until("the command ends", Program.LIMIT, () -> !remover.isAlive());
        awaitSteady(() -> used(mount));
        assertThat(used(mount)).isGreaterThan(1).isLessThan(before);
        assertThat(top).isDirectory();
        cluster.cachectl("fsck", mount.toString()).orFail();
        cluster.umount(mount);
    }

    /** Waits until a number stays the same for longer than a job works on without a listener. */
    private static void awaitSteady(LongSupplier number) {
        var last = new long[] {number.getAsLong(), System.nanoTime()};
        Await.until("the job ends", Program.LIMIT, () -> {
            long now = number.getAsLong();
            if (now != last[0]) {
                last[0] = now;
                last[1] = System.nanoTime();
            }
            return System.nanoTime() - last[1] > UNHEARD.toNanos();
        });
    }
}
