package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.blockring.block.BlockKey;
import io.blockring.blockstore.BlockStore;
import io.blockring.blockstore.BlockStoreSettings;
import io.blockring.blockstore.CacheDirectory;
import io.blockring.blockstore.DiskPlace;
import io.blockring.systemtests.rig.AccessLog;
import io.blockring.systemtests.rig.Await;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.TestCluster;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Readers through a mount while nodes, the store or the mount itself are killed: equal bytes, or EIO in time. */
class NodeFailureTest {
    private static final int BLOCK_BYTES = 4 << 20;
    private static final int FILE_BYTES = 24 * BLOCK_BYTES;

    /** The longest that a read may take to fail when nothing can answer it. */
    private static final Duration READ_DEADLINE = Duration.ofSeconds(60);

    private static TestCluster cluster;
    private static String meta;
    private static Path mount;
    private static byte[] content;

    @BeforeAll
    static void mountThroughThreeNodes() throws IOException {
        RealMounts.require();
        cluster = TestCluster.start("--cache-memory", "0").withNodes(3);
        meta = cluster.createVolume("lab");
        mount = cluster.mount(meta);
        content = new byte[FILE_BYTES];
        new Random(7).nextBytes(content);
        Files.write(mount.resolve("file"), content);
    }

    @BeforeEach
    void startAgainWhatTheLastTestEnded() {
        cluster.mend();
    }

    @AfterAll
    static void endAll() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void aNodeThatIsKilledWhileItServesIsNoticedByNobody() throws IOException {
        warmUpAndRemount();
        try (InputStream in = Files.newInputStream(mount.resolve("file"))) {
            byte[] head = in.readNBytes(FILE_BYTES / 3);
            long served = bytesFrom("n1");
            long owned = bytesOwnedBy("n1");
            assertThat(served).isPositive().isLessThan(owned);
            cluster.node("n1").kill();
            byte[] tail = in.readAllBytes();
            assertThat(Arrays.equals(head, 0, head.length, content, 0, head.length))
                    .isTrue();
            assertThat(Arrays.equals(tail, 0, tail.length, content, head.length, content.length))
                    .isTrue();
        }
    }

    @Test
    void withAllNodesKilledTheObjectStoreAnswers() throws IOException {
        warmUpAndRemount();
        try (InputStream in = Files.newInputStream(mount.resolve("file"))) {
            byte[] head = in.readNBytes(FILE_BYTES / 3);
            for (String node : List.of("n1", "n2", "n3")) {
                cluster.node(node).kill();
            }
            byte[] tail = in.readAllBytes();
            assertThat(Arrays.equals(head, 0, head.length, content, 0, head.length))
                    .isTrue();
            assertThat(Arrays.equals(tail, 0, tail.length, content, head.length, content.length))
                    .isTrue();
        }
    }

    @Test
    void aNodeThatComesBackServesTheBlocksItHad() throws IOException {
        warmUpAndRemount();
        long owned = bytesOwnedBy("n1");
        assertThat(owned).isPositive();
        cluster.node("n1").kill();
        cluster.restartNode("n1");
        long position = AccessLog.position(cluster.accessLog());
        remount();
        assertThat(Files.readAllBytes(mount.resolve("file"))).isEqualTo(content);
        assertThat(bytesFrom("n1")).isEqualTo(owned);
        assertThat(AccessLog.getsSince(cluster.accessLog(), position, "lab/chunks/"))
                .isEmpty();
    }

    @Test
    void withTheStoreStoppedWarmFilesAreReadAndColdOnesFailInTime() throws IOException {
        warmUpAndRemount();
        Files.write(mount.resolve("cold"), Arrays.copyOf(content, BLOCK_BYTES));
        cluster.cachectl("evict", "--volume", "lab", "--seeds", cluster.seeds()).orFail();
        cluster.cachectl("warmup", mount.resolve("file").toString()).orFail();
        remount();
        cluster.s3().kill();
        assertThat(Files.readAllBytes(mount.resolve("file"))).isEqualTo(content);
        long start = System.nanoTime();
        assertThatThrownBy(() -> Files.readAllBytes(mount.resolve("cold")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Input/output error");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(READ_DEADLINE);
        assertThat(Files.readAllBytes(mount.resolve("file"))).isEqualTo(content);
    }

    @Test
    void aFlippedByteOnANodesDiskIsNeverReturned() throws IOException {
        warmUpAndRemount();
        JsonNode extent = extentsOwnedBy("n1").getFirst();
        cluster.node("n1").close();
        flipAByteOf(extent);
        cluster.restartNode("n1");
        remount();
        long position = AccessLog.position(cluster.accessLog());
        assertThat(Files.readAllBytes(mount.resolve("file"))).isEqualTo(content);
        assertThat(cluster.counter("n1", "corrupt_blocks")).isEqualTo(1);
        String object = extent.path("object").asText();
        Await.until(
                "one GET refills the block",
                Duration.ofSeconds(20),
                () -> AccessLog.getsSince(cluster.accessLog(), position, "lab/chunks/")
                        .equals(List.of(object)));
        remount();
        assertThat(Files.readAllBytes(mount.resolve("file"))).isEqualTo(content);
        assertThat(AccessLog.getsSince(cluster.accessLog(), position, "lab/chunks/"))
                .containsExactly(object);
    }

    @Test
    void twoVolumesWithEqualSliceIdsDoNotMix() throws IOException {
        Path other = cluster.mount(cluster.createVolume("lab2"));
        byte[] otherContent = new byte[FILE_BYTES];
        new Random(8).nextBytes(otherContent);
        Files.write(other.resolve("file"), otherContent);
        assertThat(firstObject(other).substring("lab2".length()))
                .isEqualTo(firstObject(mount).substring("lab".length()));
        cluster.cachectl("warmup", mount.toString()).orFail();
        cluster.cachectl("warmup", other.toString()).orFail();
        assertThat(Files.readAllBytes(mount.resolve("file"))).isEqualTo(content);
        assertThat(Files.readAllBytes(other.resolve("file"))).isEqualTo(otherContent);
    }

    @Test
    void aMountThatWasKilledIsMountedAgainAtTheSamePlace() throws IOException {
        cluster.mountProcess(mount).kill();
        assertThatThrownBy(() -> Files.readAllBytes(mount.resolve("file"))).isInstanceOf(IOException.class);
        cluster.remount(mount, meta);
        assertThat(Files.readAllBytes(mount.resolve("file"))).isEqualTo(content);
        Files.writeString(mount.resolve("more"), "more");
        assertThat(mount.resolve("more")).hasContent("more");
    }

    private void warmUpAndRemount() {
        cluster.cachectl("warmup", mount.toString()).orFail();
        remount();
    }

    private void remount() {
        cluster.umount(mount);
        cluster.remount(mount, meta);
    }

    private long bytesFrom(String node) {
        return cluster.describe(mount)
                .orElseThrow()
                .path("reads")
                .path("nodes")
                .path(node)
                .asLong();
    }

    private List<JsonNode> extentsOwnedBy(String node) {
        List<JsonNode> owned = new ArrayList<>();
        for (JsonNode extent :
                cluster.json("where", mount.resolve("file").toString()).path("extents")) {
            if (extent.path("owners").path(0).asText().equals(node)) {
                owned.add(extent);
            }
        }
        return owned;
    }

    private long bytesOwnedBy(String node) {
        return extentsOwnedBy(node).stream()
                .mapToLong(extent -> extent.path("length").asLong())
                .sum();
    }

    private String firstObject(Path root) {
        return cluster.json("where", root.resolve("file").toString())
                .path("extents")
                .path(0)
                .path("object")
                .asText();
    }

    /** Flips a byte in the middle of a block, where the stopped node's own index says that it lies. */
    private void flipAByteOf(JsonNode extent) throws IOException {
        String[] name = extent.path("object").asText().replaceFirst(".*/", "").split("_", -1);
        JsonNode volume = cluster.json("group", "status", "--seeds", cluster.seeds())
                .path("volumes")
                .valueStream()
                .filter(one -> one.path("name").asText().equals("lab"))
                .findFirst()
                .orElseThrow();
        var key = new BlockKey.Slice(
                volume.path("volumeId").asInt(),
                volume.path("incarnation").asInt(),
                Long.parseLong(name[0]),
                Integer.parseInt(name[1]),
                Integer.parseInt(name[2]),
                BlockKey.Form.PLAIN);
        DiskPlace place;
        var settings =
                new BlockStoreSettings(List.of(new CacheDirectory(cluster.cacheFolder("n1"), 1 << 30)), 0, 32 << 20);
        try (BlockStore store = BlockStore.open(settings)) {
            place = store.locate(key);
        }
        assertThat(place).as("n1 has " + key).isNotNull();
        try (var file = new RandomAccessFile(place.file().toFile(), "rw")) {
            long at = place.offset() + place.byteCount() / 2;
            file.seek(at);
            int flipped = file.read() ^ 0x40;
            file.seek(at);
            file.write(flipped);
        }
    }
}
