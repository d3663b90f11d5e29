package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.testing.RedisServer;
import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.TestCluster;
import io.blockring.systemtests.work.StressPrograms;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mounts under programs that do all they can to a file system: nothing fails, and every byte is right. */
class StressTest {
    private static final List<String> ENGINES = List.of("rocksdb", "redis");
    private static final int SHORT_SECONDS = 10;
    private static final int LONG_SECONDS = 15 * 60;
    private static final int STRESSOR_SECONDS = 20;

    /** What removing takes, and the last reads of all. */
    private static final Duration MORE = Duration.ofMinutes(5);

    /** Of those that find something quickly, for every run. */
    private static final List<String> QUICK = List.of("dentry", "fpunch", "iomix", "link", "rename", "xattr");

    @TempDir
    private static Path programs;

    @TempDir
    private static Path redisFolder;

    private static RedisServer redis;
    private static TestCluster cluster;
    private static Map<String, Path> mounts;

    @BeforeAll
    static void mountBoth() throws IOException {
        RealMounts.require();
        for (String checker : List.of("one_file", "tree_churn")) {
            StressPrograms.compile(checker, programs);
        }
        redis = RedisServer.start(redisFolder);
        cluster = TestCluster.start();
        mounts = Map.of(
                ENGINES.getFirst(), cluster.mount(cluster.createVolume("rocks")),
                ENGINES.getLast(),
                        cluster.mount(cluster.createVolume("redis", redis.url(1).toString())));
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
    void manyProgramsAtOnceFindNothing() {
        ENGINES.forEach(engine -> mixed(engine, SHORT_SECONDS));
    }

    @Test
    void stressNgFindsNothing() {
        ENGINES.forEach(engine -> stressNg(engine, QUICK, 1));
    }

    @Test
    @Tag("long")
    void manyProgramsFindNothingInHalfAnHour() {
        ENGINES.forEach(engine -> mixed(engine, LONG_SECONDS));
    }

    @Test
    @Tag("long")
    void noStressorOfStressNgFails() {
        ENGINES.forEach(engine -> stressNg(engine, StressPrograms.stressors(), STRESSOR_SECONDS));
    }

    private static void mixed(String engine, int seconds) {
        requireInstalled("dbench");
        long seed = Long.getLong("blockring.seed", 1);
        Path mount = mounts.get(engine);
        Program.Result done = run(StressPrograms.mixed(mount, programs, seconds, seed), seconds);
        System.out.println("figure: " + engine + " " + done.out().replace('\n', ','));
        assertThat(cluster.describe(mount).orElseThrow().path("usedInodes").asLong())
                .as("inodes that are left")
                .isZero();
    }

    private static void stressNg(String engine, List<String> stressors, int seconds) {
        requireInstalled("stress-ng");
        run(StressPrograms.stressNg(mounts.get(engine), programs, stressors, seconds), stressors.size() * seconds);
    }

    private static Program.Result run(String script, int seconds) {
        return Program.run(Map.of(), null, List.of("bash", "-c", script), MORE.plusSeconds(2L * seconds))
                .orFail();
    }

    private static void requireInstalled(String program) {
        boolean there = Program.run(Map.of(), null, List.of("bash", "-c", "command -v " + program))
                        .exitStatus()
                == 0;
        Assumptions.assumeTrue(there, program + " is not installed: apt-get install " + program);
    }
}
