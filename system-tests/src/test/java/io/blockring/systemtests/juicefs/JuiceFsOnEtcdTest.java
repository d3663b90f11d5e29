package io.blockring.systemtests.juicefs;

import static io.blockring.systemtests.juicefs.InTurns.awaitGone;
import static io.blockring.systemtests.juicefs.JuiceFsCore.assertDone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.testing.EtcdServer;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.TestCluster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One volume in etcd, used by JuiceFS's own core and by a mount of ours. */
class JuiceFsOnEtcdTest {
    private static final int MIB = 1 << 20;

    @TempDir
    private static Path folder;

    private static EtcdServer etcd;
    private static TestCluster cluster;
    private static SharedVolume volume;
    private static Path mount;
    private static JuiceFsCore juiceFs;

    @BeforeAll
    static void openBoth() throws IOException {
        RealMounts.require();
        etcd = EtcdServer.start(folder.resolve("etcd"));
        cluster = TestCluster.start();
        volume = SharedVolume.open(cluster, etcd.url("lab").toString(), folder);
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
        if (etcd != null) {
            etcd.close();
        }
    }

    @Test
    void weSeeWhatJuiceFsDid() throws IOException {
        assertDone(juiceFs.call("mkdir", "/theirs", "0755"));
        Path theirs = mount.resolve("theirs");
        assertDone(juiceFs.call("write", "/theirs/small", 0, 1, 100_000));
        assertDone(juiceFs.call("write", "/theirs/small", 50_000, 2, 200_000));
        assertDone(juiceFs.call("write", "/theirs/large", 70 * MIB, 3, 9 * MIB + 5));
        assertDone(juiceFs.call("truncate", "/theirs/large", 75 * MIB));
        assertDone(juiceFs.call("rename", "/theirs/small", "/theirs/renamed"));
        assertDone(juiceFs.call("symlink", "renamed", "/theirs/link"));
        assertDone(juiceFs.call("setxattr", "/theirs/renamed", "user.k", "value"));
        for (String name : new String[] {"renamed", "large"}) {
            assertThat(Pattern.sum(Files.readAllBytes(theirs.resolve(name))))
                    .as(name)
                    .isEqualTo(juiceFs.call("sum", "/theirs/" + name));
        }
        assertThat(Files.readSymbolicLink(theirs.resolve("link"))).hasToString("renamed");
        ByteBuffer value = ByteBuffer.allocate(10);
        attributes(theirs.resolve("renamed")).read("k", value);
        assertThat(new String(value.array(), 0, value.position(), StandardCharsets.UTF_8))
                .isEqualTo("value");
        assertDone(juiceFs.call("rmr", "/theirs"));
        awaitGone(theirs);
    }

    @Test
    void juiceFsSeesWhatWeDid() throws IOException {
        Path ours = Files.createDirectory(mount.resolve("ours"));
        SharedVolume.write(ours.resolve("small"), 0, Pattern.bytes(1, 100_000));
        SharedVolume.write(ours.resolve("small"), 50_000, Pattern.bytes(2, 200_000));
        SharedVolume.write(ours.resolve("large"), 70L * MIB, Pattern.bytes(3, 9 * MIB + 5));
        Files.createLink(ours.resolve("hard"), ours.resolve("small"));
        Files.move(ours.resolve("small"), ours.resolve("renamed"));
        Files.createSymbolicLink(ours.resolve("link"), Path.of("renamed"));
        attributes(ours.resolve("renamed")).write("k", ByteBuffer.wrap("value".getBytes(StandardCharsets.UTF_8)));
        for (String name : new String[] {"renamed", "hard", "large"}) {
            assertThat(juiceFs.call("sum", "/ours/" + name))
                    .as(name)
                    .isEqualTo(Pattern.sum(Files.readAllBytes(ours.resolve(name))));
        }
        assertThat(juiceFs.call("readlink", "/ours/link")).isEqualTo("renamed");
        assertThat(juiceFs.call("getxattr", "/ours/renamed", "user.k")).isEqualTo("value");
        assertThat(juiceFs.call("list", "/ours").split("\t", -1))
                .containsExactlyInAnyOrder("renamed", "hard", "large", "link");
        Files.delete(ours.resolve("large"));
        assertThat(juiceFs.call("sum", "/ours/large")).isEqualTo(JuiceFsCore.NO_SUCH_FILE);
    }

    private static UserDefinedFileAttributeView attributes(Path file) {
        return Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
    }

    @Test
    void bothWorkOnTheSameFiles() throws IOException {
        volume.inTurns(7).take(60);
        cluster.cachectl("fsck", mount.toString()).orFail();
    }

    @Test
    void anEmptyExtendedAttributeIsRefused() throws IOException {
        Path file = Files.writeString(mount.resolve("file"), "x");
        assertThatThrownBy(() -> attributes(file).write("empty", ByteBuffer.allocate(0)))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("extended attribute");
        assertThat(attributes(file).list()).isEmpty();
    }
}
