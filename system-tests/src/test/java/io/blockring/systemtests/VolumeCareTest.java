package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.blockring.meta.testing.RedisServer;
import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.TestCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that look after whole volumes, beside mounts and without, on both engines and both stores. */
class VolumeCareTest {
    private static final int CHECK_FAILED = 10;
    private static final int CONFLICT = 8;
    private static final int NOT_FOUND = 3;
    private static final int FILE_BYTES = (5 << 20) + 17;

    @TempDir
    private static Path folder;

    private static RedisServer redis;
    private static TestCluster cluster;

    @BeforeAll
    static void start() throws IOException {
        RealMounts.require();
        redis = RedisServer.start(folder.resolve("redis"));
        cluster = TestCluster.start();
    }

    @AfterAll
    static void endAll() {
        if (cluster != null) {
            cluster.close();
        }
        if (redis != null) {
            redis.close();
        }
    }

    private static byte[] content() {
        byte[] content = new byte[FILE_BYTES];
        new Random(1).nextBytes(content);
        return content;
    }

    private static void assertFails(int status, String code, String... arguments) {
        Program.Result result = cluster.cachectl(
                Stream.concat(Stream.of(arguments), Stream.of("-o", "json")).toArray(String[]::new));
        assertThat(result.exitStatus()).as(result.out() + result.err()).isEqualTo(status);
        assertThat(result.out()).contains("\"code\":\"" + code + "\"");
    }

    @Test
    void aVolumeIsCheckedDumpedLoadedElsewhereAndDestroyed() throws IOException {
        String rocks = cluster.createVolume("lab");
        String copy = redis.url(1).toString();
        Path dump = folder.resolve("lab.json.gz");
        Path mount = cluster.mount(rocks);
        Files.createDirectories(mount.resolve("d"));
        Files.write(mount.resolve("d/file"), content());
        Files.createLink(mount.resolve("hard"), mount.resolve("d/file"));

        // All of it through the mount, which alone can open these metadata.
        assertThat(cluster.json("fsck", rocks).path("objects").asLong()).isEqualTo(2);
        assertThat(cluster.json("fsck", mount.resolve("d").toString())
                        .path("lostBlocks")
                        .asLong())
                .isZero();
        JsonNode garbage = cluster.json("gc", rocks, "--delete");
        assertThat(garbage.path("leakedObjects").asLong()).isZero();
        assertThat(cluster.json("volume", "set", rocks, "--trash-days", "2")
                        .path("changed")
                        .toString())
                .isEqualTo("[\"TrashDays\"]");
        JsonNode session = cluster.json("volume", "ls", rocks).path(0).path("sessions");
        assertThat(session.path(0).path("mountPoint").asText()).isEqualTo(mount.toString());
        assertThat(session.path(0).path("alive").asBoolean()).isTrue();
        assertFails(CONFLICT, "IN_USE", "volume", "set", rocks, "--bucket", "http://127.0.0.1:1/bucket");
        assertFails(CONFLICT, "VOLUME_HELD", "volume", "restored", rocks);
        assertThat(cluster.json("volume", "dump", rocks, dump.toString())
                        .path("entries")
                        .asLong())
                .isGreaterThanOrEqualTo(3);
        cluster.umount(mount);

        cluster.cachectl("volume", "load", copy, dump.toString()).orFail();
        assertFails(CONFLICT, "NOT_EMPTY", "volume", "load", copy, dump.toString());
        assertThat(cluster.json("volume", "restored", copy).path("nextSlice").asLong())
                .isGreaterThan(1_000_000);
        Path again = cluster.mount(copy);
        assertThat(Files.readAllBytes(again.resolve("hard"))).isEqualTo(content());
        assertThat(Files.getAttribute(again.resolve("hard"), "unix:nlink")).isEqualTo(2);
        String uuid = cluster.json("volume", "describe", copy).path("uuid").asText();
        assertFails(CONFLICT, "IN_USE", "volume", "destroy", copy, uuid, "--yes");
        cluster.umount(again);

        Path lost = blockOf("lab");
        Path aside = folder.resolve("aside");
        Files.move(lost, aside);
        Program.Result broken = cluster.cachectl("fsck", copy);
        assertThat(broken.exitStatus()).as(broken.err()).isEqualTo(CHECK_FAILED);
        assertThat(broken.out()).contains("LOST_BLOCK /");
        Files.move(aside, lost);
        cluster.cachectl("fsck", copy).orFail();

        assertFails(
                CONFLICT, "OTHER_VOLUME", "volume", "destroy", copy, "00000000-0000-0000-0000-000000000001", "--yes");
        Files.writeString(cluster.bucket().resolve("lab2"), "of somebody else");
        cluster.cachectl("volume", "destroy", copy, uuid, "--yes").orFail();
        assertThat(cluster.bucket().resolve("lab2")).exists();
        assertThat(objectsOf("lab")).isEmpty();
        assertFails(NOT_FOUND, "NO_VOLUME", "volume", "describe", copy);
    }

    private static List<Path> objectsOf(String volume) throws IOException {
        Path top = cluster.bucket().resolve(volume);
        if (!Files.exists(top)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(top)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static Path blockOf(String volume) throws IOException {
        return objectsOf(volume).stream()
                .filter(file -> file.toString().contains("/chunks/"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aVolumeThatJuiceFsUsersFormatIsOneOfADirectory() throws IOException {
        String meta = redis.url(2).toString();
        Path objects = folder.resolve("objects");
        cluster.cachectl(
                        "format",
                        meta,
                        "jfs",
                        "--bucket",
                        "file://" + objects,
                        "--inodes",
                        "1000",
                        "--block-size",
                        "64")
                .orFail();
        assertThat(cluster.json("volume", "describe", meta).path("blockBytes").asInt())
                .isEqualTo(64 << 10);
        Path mount = cluster.mount(meta);
        Files.write(mount.resolve("file"), content());
        assertThat(cluster.json("fsck", meta).path("objects").asLong()).isEqualTo(81);
        assertThat(cluster.json("gc", mount.toString()).path("usedObjects").asLong())
                .isEqualTo(81);
        cluster.umount(mount);
        assertThat(cluster.cachectl("volume", "dump", meta).orFail().out()).contains("\"Inodes\": 1000");
    }
}
