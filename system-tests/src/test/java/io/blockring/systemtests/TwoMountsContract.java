package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.TestCluster;
import io.blockring.systemtests.work.FilePrograms;
import java.io.IOException;
import java.nio.file.Files;
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
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A volume whose metadata a server keeps, mounted twice, under real programs. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TwoMountsContract {
    private static final int FILES = 100;
    private static final int RESTARTS = 3;

    @TempDir
    private Path reference;

    private TestCluster cluster;
    private String meta;
    private Path first;
    private Path second;

    /** Starts the server of the metadata; returns the URL of a volume that is to be made there. */
    abstract String startServer(Path folder) throws IOException;

    /** Kills the server as by {@code kill -9}, and starts it again with what it had. */
    abstract void killAndRestartServer() throws IOException;

    abstract void stopServer();

    TestCluster cluster() {
        return cluster;
    }

    /** The URL of the volume. */
    String meta() {
        return meta;
    }

    Path first() {
        return first;
    }

    Path second() {
        return second;
    }

    @BeforeAll
    void mountAVolumeTwice(@TempDir Path folder) throws IOException {
        RealMounts.require();
        String url = startServer(folder);
        cluster = TestCluster.start().withNodes(1);
        meta = cluster.createVolume("lab", url);
        first = cluster.mount(meta);
        second = cluster.mount(meta);
    }

    @AfterAll
    void endAll() {
        if (cluster != null) {
            cluster.close();
        }
        stopServer();
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

    /** Real programs on both mounts. */
    final void runPrograms() {
        shell(FilePrograms.tree(first, reference));
        shell(FilePrograms.git(second, reference));
    }

    @Test
    void workGoesOnWhenTheServerIsKilledAndComesBack() throws Exception {
        Path files = Files.createDirectory(first.resolve("outlasts"));
        try (var threads = Executors.newFixedThreadPool(1)) {
            Future<?> writer = threads.submit(() -> write(files, "x"));
            for (int i = 0; i < RESTARTS; i++) {
                killAndRestartServer();
            }
            writer.get(120, TimeUnit.SECONDS);
        }
        for (int i = 0; i < FILES; i++) {
            assertThat(second.resolve("outlasts/x" + i)).hasContent("x" + i);
        }
    }

    private void shell(String script) {
        Program.run(Map.of(), reference, List.of("bash", "-c", script)).orFail();
    }
}
