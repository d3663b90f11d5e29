package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.TestCluster;
import io.blockring.systemtests.work.FilePrograms;
import io.blockring.systemtests.work.FileWork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real mount under real programs, over a real S3 server, through a group of one node. */
class RealFilesTest {
    private static TestCluster cluster;
    private static Path mount;

    @TempDir
    private Path reference;

    @BeforeAll
    static void mountAVolume() {
        RealMounts.require();
        cluster = TestCluster.start().withNodes(1);
        mount = cluster.mount(cluster.createVolume("lab"));
    }

    @AfterAll
    static void endAll() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void randomWorkReadsTheSameAsOnAPlainDirectory() throws IOException {
        for (long seed = 1; seed <= 3; seed++) {
            work(seed, 60, 24);
        }
    }

    @Test
    void randomWorkOnLargeFilesReadsTheSameAsOnAPlainDirectory() throws IOException {
        work(4, 30, 200);
    }

    private void work(long seed, int steps, int maxFileMib) throws IOException {
        Path tested = Files.createDirectory(mount.resolve("work-" + seed));
        Path plain = Files.createDirectory(reference.resolve("work-" + seed));
        new FileWork(tested, plain, seed, maxFileMib).run(steps);
    }

    @Test
    void aLargeFileComesBackEqualAfterARemount() throws IOException {
        shell(FilePrograms.largeFile(mount, reference));
        String meta = cluster.describe(mount).orElseThrow().path("metaUrl").asText();
        cluster.umount(mount);
        cluster.remount(mount, meta);
        assertThat(sha256(mount.resolve("large"))).isEqualTo(sha256(reference.resolve("large")));
    }

    @Test
    void copiesOfATreeAndAnArchiveAreEqual() {
        shell(FilePrograms.tree(mount, reference));
    }

    @Test
    void aCopyByCpStoresNothingAndHolesAreOfTheCopyAlone() {
        shell(FilePrograms.copiesAndHoles(mount, reference, cluster.bucket()));
    }

    @Test
    void usersAndNamesMeetTheRulesOfPosix() {
        Assumptions.assumeTrue(System.getProperty("user.name").equals("root"), "only root can be two users");
        shell(FilePrograms.rules(mount));
    }

    @Test
    void gitClonesAndFindsNothingBroken() {
        shell(FilePrograms.git(mount, reference));
    }

    @Test
    void anSqliteDatabaseStaysIntactUnderWriteLoad() {
        shell(FilePrograms.sqlite(mount));
    }

    private void shell(String script) {
        Program.run(Map.of(), reference, List.of("bash", "-c", script)).orFail();
    }

    private static String sha256(Path file) {
        return Program.run(Map.of(), null, List.of("sha256sum", file.toString()))
                .orFail()
                .out()
                .split(" ", 2)[0];
    }
}
