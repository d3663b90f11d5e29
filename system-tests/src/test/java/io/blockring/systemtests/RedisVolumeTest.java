package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.blockring.meta.testing.RedisServer;
import io.blockring.systemtests.rig.Await;
import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.TestCluster;
import io.blockring.systemtests.work.FilePrograms;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A volume whose metadata are in Redis, mounted twice, under real programs. */
class RedisVolumeTest {
    private static final int FILES = 100;

    @TempDir
    private static Path folder;

    @TempDir
    private Path reference;

    private static RedisServer redis;
    private static TestCluster cluster;
    private static Path first;
    private static Path second;

    @BeforeAll
    static void mountAVolumeTwice() throws IOException {
        RealMounts.require();
        redis = RedisServer.start(folder.resolve("redis"), "--appendonly", "yes");
        cluster = TestCluster.start().withNodes(1);
        String meta = cluster.createVolume("lab", redis.url(1).toString());
        first = cluster.mount(meta);
        second = cluster.mount(meta);
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
    void whatOneMountClosedTheOtherOpens() throws IOException {
        Files.writeString(first.resolve("a"), "from the first");
        assertThat(second.resolve("a")).hasContent("from the first");
        Files.writeString(second.resolve("a"), "from the second, and longer");
        assertThat(first.resolve("a")).hasContent("from the second, and longer");
        Files.createDirectory(second.resolve("d"));
        Files.move(second.resolve("a"), second.resolve("d/b"));
        assertThat(first.resolve("d/b")).hasContent("from the second, and longer");
    }

    @Test
    void bothAddToOneDirectoryAtOnce() throws Exception {
        Path shared = Files.createDirectory(first.resolve("shared"));
        try (var threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> writers = List.of(
                    threads.submit(() -> write(shared, "a")),
                    threads.submit(() -> write(shared, "b")),
                    threads.submit(() -> write(second.resolve("shared"), "c")),
                    threads.submit(() -> write(second.resolve("shared"), "d")));
            for (Future<?> writer : writers) {
                writer.get(120, TimeUnit.SECONDS);
            }
        }
        for (Path mount : List.of(first, second)) {
            try (Stream<Path> files = Files.list(mount.resolve("shared"))) {
                assertThat(files.map(Path::getFileName).map(Path::toString))
                        .hasSize(4 * FILES)
                        .isSortedAccordingTo(String::compareTo);
            }
        }
        assertThat(second.resolve("shared/a7")).hasContent("a7");
    }

    private static Object write(Path directory, String prefix) throws IOException {
        for (int i = 0; i < FILES; i++) {
            Files.writeString(directory.resolve(prefix + i), prefix + i);
        }
        return directory;
    }

    /** What has a time-out is seen after it; what another mount closed is seen by an open, however long the times are. */
    @Test
    void whatOneMountChangesTheOtherSeesAfterTheTimesAndByAnOpenAtOnce() throws IOException {
        Path trusting = cluster.mount(
                redis.url(1).toString(), "--attr-cache=10m", "--entry-cache=10m", "--dir-entry-cache=10m");
        JsonNode status = cluster.describe(trusting).orElseThrow();
        assertThat(status.path("trust").path("attr").asDouble()).isEqualTo(600);
        assertThat(status.path("trust").path("negativeEntry").asDouble()).isZero();
        assertThat(status.path("atimeMode").asText()).isEqualTo("noatime");

        Files.writeString(first.resolve("seen"), "first");
        for (Path mount : List.of(second, trusting)) {
            assertThat(Files.size(mount.resolve("seen"))).isEqualTo(5);
        }
        Files.writeString(first.resolve("seen"), "then longer");
        assertThat(Files.size(trusting.resolve("seen")))
                .as("its attributes are trusted")
                .isEqualTo(5);
        assertThat(trusting.resolve("seen")).hasContent("then longer");
        assertThat(Files.size(trusting.resolve("seen"))).isEqualTo(11);
        Await.until(
                "the attributes are asked for again",
                Program.LIMIT,
                () -> second.resolve("seen").toFile().length() == 11);

        Files.delete(first.resolve("seen"));
        assertThat(trusting.resolve("seen")).as("its name is trusted").exists();
        assertThatThrownBy(() -> Files.readString(trusting.resolve("seen"))).isInstanceOf(NoSuchFileException.class);
        Await.until("the name is asked for again", Program.LIMIT, () -> Files.notExists(second.resolve("seen")));
        Files.createDirectory(first.resolve("seen"));
        assertThat(second.resolve("seen"))
                .as("that a name is missing is not trusted")
                .isDirectory();
        cluster.umount(trusting);
    }

    @Test
    void programsWorkAsOnRocksDb() {
        shell(FilePrograms.tree(first, reference));
        shell(FilePrograms.git(second, reference));
    }

    @Test
    void workGoesOnWhenTheServerIsKilledAndComesBack() throws Exception {
        Path files = Files.createDirectory(first.resolve("outlasts"));
        try (var threads = Executors.newFixedThreadPool(1)) {
            Future<?> writer = threads.submit(() -> write(files, "x"));
            for (int i = 0; i < 3; i++) {
                redis.kill();
                redis.restart();
            }
            writer.get(120, TimeUnit.SECONDS);
        }
        for (int i = 0; i < FILES; i++) {
            assertThat(second.resolve("outlasts/x" + i)).hasContent("x" + i);
        }
    }

    @Test
    void aSpoiltRecordIsAnErrorOfItsFileAloneAndTheLogNamesIt() throws IOException {
        String meta = cluster.createVolume("spoilt", redis.url(2).toString());
        Path mount = cluster.mount(meta);
        Files.writeString(mount.resolve("spoilt"), "one");
        Files.writeString(mount.resolve("whole"), "other");
        long inode = (long) Files.getAttribute(mount.resolve("spoilt"), "unix:ino");
        cluster.umount(mount);
        String port = Integer.toString(redis.port());
        Program.run(Map.of(), null, List.of("redis-cli", "-p", port, "-n", "2", "set", "i" + inode, "junk"))
                .orFail();
        cluster.remount(mount, meta);
        assertThatThrownBy(() -> Files.readString(mount.resolve("spoilt")))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("Input/output error");
        assertThat(mount.resolve("whole")).hasContent("other");
        assertThat(cluster.mountProcess(mount).output()).contains("key i" + inode + " holds bytes that are no");
        cluster.umount(mount);
    }

    private void shell(String script) {
        Program.run(Map.of(), reference, List.of("bash", "-c", script)).orFail();
    }
}
