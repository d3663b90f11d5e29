package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.TestCluster;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Volumes whose objects are compressed, or compressed and encrypted, through a real mount and one node. */
class VolumesAtRestTest {
    private static final String PASSPHRASE = "BLOCKRING_RSA_PASSPHRASE";
    private static final byte[] MARK = "nobody may see this in the bucket".getBytes(StandardCharsets.UTF_8);
    private static final int FILE_BYTES = (9 << 20) + 12345;

    private static TestCluster cluster;
    private static Path key;

    @BeforeAll
    static void startANode() throws IOException {
        RealMounts.require();
        cluster = TestCluster.start().withNodes(1);
        key = cluster.folder().resolve("key.pem");
        try (InputStream pem = VolumesAtRestTest.class.getResourceAsStream("/encryption/key.pem")) {
            Files.write(key, Objects.requireNonNull(pem).readAllBytes());
        }
    }

    @AfterAll
    static void endAll() {
        if (cluster != null) {
            cluster.close();
        }
    }

    /** Half of it can be compressed, and all of it is known again. */
    private static byte[] content() {
        byte[] content = new byte[FILE_BYTES];
        new Random(1).nextBytes(content);
        for (int at = 0; at + MARK.length <= FILE_BYTES; at += 2 * MARK.length) {
            System.arraycopy(MARK, 0, content, at, MARK.length);
        }
        Arrays.fill(content, FILE_BYTES / 2, FILE_BYTES, (byte) 'x');
        System.arraycopy(MARK, 0, content, FILE_BYTES / 2, MARK.length);
        return content;
    }

    @Test
    void aCompressedVolumeIsReadAsItWasWritten() throws IOException {
        String meta = cluster.createVolumeWith("packed", "--compress", "zstd");
        assertReadAsWritten(meta, "packed");
    }

    @Test
    void anEncryptedVolumeIsReadAsItWasWrittenAndByNobodyWithoutThePassphrase() throws IOException {
        cluster.export(PASSPHRASE, "correct horse");
        String meta = cluster.createVolumeWith("sealed", "--compress", "lz4", "--encrypt-key", key.toString());
        assertThat(cluster.json("volume", "describe", meta).path("encryption").asText())
                .isEqualTo("aes256gcm-rsa");
        assertReadAsWritten(meta, "sealed");
        for (Path object : objectsOf("sealed")) {
            assertThat(contains(Files.readAllBytes(object), MARK))
                    .as(object.toString())
                    .isFalse();
        }

        assertRefused(mountWith("wrong", meta), "WRONG_PASSPHRASE", "not that of the volume's RSA key");
        assertRefused(mountWith("", meta), "NO_PASSPHRASE", "none is given");
    }

    private static void assertReadAsWritten(String meta, String volume) throws IOException {
        byte[] content = content();
        Path mount = cluster.mount(meta);
        Files.write(mount.resolve("file"), content);
        assertThat(Files.readAllBytes(mount.resolve("file"))).isEqualTo(content);
        for (Path object : objectsOf(volume)) {
            String name = object.getFileName().toString();
            long plainBytes = Long.parseLong(name.substring(name.lastIndexOf('_') + 1));
            assertThat(Files.size(object)).as(name).isNotEqualTo(plainBytes);
        }

        cluster.umount(mount);
        cluster.cachectl("evict", "--volume", volume, "--seeds", cluster.seeds())
                .orFail();
        long fills = cluster.counter("n1", "fills");
        for (int round = 1; round <= 2; round++) {
            cluster.remount(mount, meta);
            assertThat(Files.readAllBytes(mount.resolve("file")))
                    .as("round " + round)
                    .isEqualTo(content);
            assertThat(part(mount.resolve("file"), 5_000_001, 70_000))
                    .isEqualTo(Arrays.copyOfRange(content, 5_000_001, 5_070_001));
            var reads = cluster.describe(mount).orElseThrow().path("reads");
            assertThat(reads.toString()).as("all came from the node").contains("\"objectGets\":0");
            cluster.umount(mount);
        }
        assertThat(cluster.counter("n1", "fills")).isGreaterThan(fills);
    }

    private static byte[] part(Path file, int offset, int bytes) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            in.skipNBytes(offset);
            return in.readNBytes(bytes);
        }
    }

    private static List<Path> objectsOf(String volume) throws IOException {
        try (Stream<Path> files = Files.walk(cluster.bucket().resolve(volume).resolve("chunks"))) {
            List<Path> objects = files.filter(Files::isRegularFile).toList();
            assertThat(objects).hasSizeGreaterThanOrEqualTo(3);
            return objects;
        }
    }

    private static boolean contains(byte[] all, byte[] part) {
        for (int at = 0; at + part.length <= all.length; at++) {
            if (Arrays.equals(all, at, at + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }

    private static Program.Result mountWith(String passphrase, String meta) throws IOException {
        Path place = Files.createTempDirectory(cluster.folder(), "refused");
        Map<String, String> environment = new HashMap<>(TestCluster.keys());
        environment.put(PASSPHRASE, passphrase);
        return Program.cachectl(environment, "mount", "-f", meta, place.toString(), "-o", "json");
    }

    private static void assertRefused(Program.Result mounted, String code, String reason) {
        assertThat(mounted.exitStatus()).as(mounted.out() + mounted.err()).isEqualTo(7);
        assertThat(mounted.out() + mounted.err()).contains(code, reason).doesNotContain("correct horse");
    }
}
