package io.blockring.systemtests.juicefs;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.FileError;
import io.blockring.meta.testing.JuiceFsFixture;
import io.blockring.meta.testing.RedisServer;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.TestCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes that JuiceFS 1.0.2 left: they are mounted as they are, read to the last byte, found whole and written to. */
class JuiceFsFixturesTest {
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

    @Test
    void aVolumeOfJuiceFsIsMountedAsItIs() throws IOException, FileError {
        use("redis", 1);
    }

    @Test
    void aVolumeThatJuiceFsCompressedByLz4IsMountedAsItIs() throws IOException, FileError {
        use("redis-lz4-256k", 2);
    }

    @Test
    void aVolumeThatJuiceFsCompressedByZstdIsMountedAsItIs() throws IOException, FileError {
        use("redis-zstd-256k", 3);
    }

    private static void use(String name, int database) throws IOException, FileError {
        Path bucket = Files.createDirectory(folder.resolve(name + "-bucket"));
        Map<String, String> files = JuiceFsFixture.load(name, redis, database, bucket);
        String meta = redis.url(database).toString();
        cluster.cachectl("volume", "set", meta, "--bucket", "file://" + bucket, "--yes")
                .orFail();

        Path mount = cluster.mount(meta);
        assertThat(files).isNotEmpty();
        for (Map.Entry<String, String> file : files.entrySet()) {
            if (!Files.isSymbolicLink(mount.resolve(file.getKey().substring(1)))) {
                byte[] bytes = Files.readAllBytes(mount.resolve(file.getKey().substring(1)));
                assertThat(Pattern.sum(bytes)).as(file.getKey()).isEqualTo(file.getValue());
            }
        }
        assertThat(Files.readSymbolicLink(mount.resolve("d/ln"))).hasToString("f10m");
        try (Stream<Path> many = Files.list(mount.resolve("many"))) {
            assertThat(many).hasSize(50);
        }
        assertThat(Files.getAttribute(mount.resolve("sub2/g1k"), "unix:mode")).isEqualTo(0100640);
        cluster.cachectl("fsck", mount.toString()).orFail();

        SharedVolume.write(mount.resolve("d/f10m"), 123_456, Pattern.bytes(1, 300_000));
        SharedVolume.write(mount.resolve("d/new"), 0, Pattern.bytes(2, 700_000));
        byte[] written = Files.readAllBytes(mount.resolve("d/f10m"));
        cluster.cachectl("umount", mount.toString()).orFail();
        Path again = cluster.mount(meta);
        assertThat(Files.readAllBytes(again.resolve("d/f10m"))).isEqualTo(written);
        assertThat(Files.readAllBytes(again.resolve("d/new"))).isEqualTo(Pattern.bytes(2, 700_000));
        cluster.cachectl("fsck", again.toString()).orFail();
    }
}
