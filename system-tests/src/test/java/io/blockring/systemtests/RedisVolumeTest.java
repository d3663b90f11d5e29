package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.blockring.meta.testing.RedisServer;
import io.blockring.systemtests.rig.Await;
import io.blockring.systemtests.rig.Program;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Two mounts of a volume in Redis. */
class RedisVolumeTest extends TwoMountsContract {
    private RedisServer redis;

    @Override
    String startServer(Path folder) throws IOException {
        redis = RedisServer.start(folder.resolve("redis"), "--appendonly", "yes");
        return redis.url(1).toString();
    }

    @Override
    void killAndRestartServer() throws IOException {
        redis.kill();
        redis.restart();
    }

    @Override
    void stopServer() {
        if (redis != null) {
            redis.close();
        }
    }

    /** What has a time-out is seen after it; what another mount closed is seen by an open, however long the times are. */
    @Test
    void whatOneMountChangesTheOtherSeesAfterTheTimesAndByAnOpenAtOnce() throws IOException {
        Path trusting = cluster()
                .mount(redis.url(1).toString(), "--attr-cache=10m", "--entry-cache=10m", "--dir-entry-cache=10m");
        JsonNode status = cluster().describe(trusting).orElseThrow();
        assertThat(status.path("trust").path("attr").asDouble()).isEqualTo(600);
        assertThat(status.path("trust").path("negativeEntry").asDouble()).isZero();
        assertThat(status.path("atimeMode").asText()).isEqualTo("noatime");

        Files.writeString(first().resolve("seen"), "first");
        for (Path mount : List.of(second(), trusting)) {
            assertThat(Files.size(mount.resolve("seen"))).isEqualTo(5);
        }
        Files.writeString(first().resolve("seen"), "then longer");
        assertThat(Files.size(trusting.resolve("seen")))
                .as("its attributes are trusted")
                .isEqualTo(5);
        assertThat(trusting.resolve("seen")).hasContent("then longer");
        assertThat(Files.size(trusting.resolve("seen"))).isEqualTo(11);
        Await.until(
                "the attributes are asked for again",
                Program.LIMIT,
                () -> second().resolve("seen").toFile().length() == 11);

        Files.delete(first().resolve("seen"));
        assertThat(trusting.resolve("seen")).as("its name is trusted").exists();
        assertThatThrownBy(() -> Files.readString(trusting.resolve("seen"))).isInstanceOf(NoSuchFileException.class);
        Await.until("the name is asked for again", Program.LIMIT, () -> Files.notExists(second().resolve("seen")));
        Files.createDirectory(first().resolve("seen"));
        assertThat(second().resolve("seen"))
                .as("that a name is missing is not trusted")
                .isDirectory();
        cluster().umount(trusting);
    }

    @Test
    void aSpoiltRecordIsAnErrorOfItsFileAloneAndTheLogNamesIt() throws IOException {
        String meta = cluster().createVolume("spoilt", redis.url(2).toString());
        Path mount = cluster().mount(meta);
        Files.writeString(mount.resolve("spoilt"), "one");
        Files.writeString(mount.resolve("whole"), "other");
        long inode = (long) Files.getAttribute(mount.resolve("spoilt"), "unix:ino");
        cluster().umount(mount);
        String port = Integer.toString(redis.port());
        Program.run(Map.of(), null, List.of("redis-cli", "-p", port, "-n", "2", "set", "i" + inode, "junk"))
                .orFail();
        cluster().remount(mount, meta);
        assertThatThrownBy(() -> Files.readString(mount.resolve("spoilt")))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("Input/output error");
        assertThat(mount.resolve("whole")).hasContent("other");
        assertThat(cluster().mountProcess(mount).output()).contains("key i" + inode + " holds bytes that are no");
        cluster().umount(mount);
    }

    @Test
    void programsWorkAsOnRocksDb() {
        runPrograms();
    }
}
