package io.blockring.cachenode;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.BlockKey;
import io.blockring.blockstore.BlockStore;
import io.blockring.blockstore.BlockStoreSettings;
import io.blockring.blockstore.CacheDirectory;
import io.blockring.group.GroupNode;
import io.blockring.group.GroupVolume;
import io.blockring.group.NodeDeclaration;
import io.blockring.group.NodeState;
import io.blockring.group.VolumeDeclaration;
import io.blockring.group.VolumeStorage;
import io.blockring.hashring.HashRing;
import io.blockring.hashring.RingNode;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.VolumeLayout;
import io.blockring.objectstore.codec.Compression;
import io.blockring.proto.asking.AskingSettings;
import io.blockring.proto.asking.ConnectionWatch;
import io.blockring.proto.asking.NodeAnswer;
import io.blockring.proto.asking.NodeConnections;
import io.blockring.proto.asking.NodeEndpoint;
import io.blockring.proto.blockprotocol.Ask;
import io.blockring.proto.blockprotocol.Hello;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A node on loopback over a scripted object store, and a reader of it. */
final class TestNode implements AutoCloseable {
    static final int BLOCK_BYTES = (1 << 20) + 77;
    static final CacheNodeSettings.Limits LIMITS = new CacheNodeSettings.Limits(
            2, 50, 100, 8, 64 << 20, Duration.ofSeconds(1), Duration.ofSeconds(20), Duration.ofMinutes(1));
    private static final VolumeLayout LAYOUT = new VolumeLayout("lab", false);

    /** Volume 4 is compressed, volume 5 encrypted. */
    private static VolumeLayout layoutOf(int volumeId) {
        return switch (volumeId) {
            case 4 -> new VolumeLayout("lab", false, Compression.ZSTD, BlockKey.Form.PLAIN);
            case 5 -> new VolumeLayout("lab", false, Compression.LZ4, BlockKey.Form.STORED);
            default -> LAYOUT;
        };
    }

    final ScriptedStore objects = new ScriptedStore();
    final Map<Integer, ScriptedStore> otherVolumes = new HashMap<>();
    final BlockStore blocks;
    final CacheNode node;
    final NodeConnections reader;
    private final ConnectionWatch watch = new ConnectionWatch();
    /** While it is there, whoever asks for the view waits for it. */
    volatile @Nullable CountDownLatch viewDelay;

    private volatile GroupView view = GroupView.NONE;

    TestNode(Path directory) throws IOException {
        this(
                directory,
                LIMITS,
                new BlockStoreSettings(
                        List.of(new CacheDirectory(directory.resolve("cache"), 256 << 20)), 0, 64 << 20));
    }

    TestNode(Path directory, CacheNodeSettings.Limits limits, BlockStoreSettings blockSettings) throws IOException {
        blocks = BlockStore.open(blockSettings);
        var listen = new CacheNodeSettings.Listen(
                "127.0.0.1", 0, 0, directory.resolve("block.sock").toString());
        node = CacheNode.open(
                new CacheNodeSettings("train", "n1", directory, listen, limits), blocks, this::openVolume);
        node.join(new GroupWatch() {
            @Override
            public GroupView view() {
                awaitDelay();
                return view;
            }

            @Override
            public boolean isAlive(UUID id) {
                return id.equals(node.id());
            }

            @Override
            public void heardOfEpoch(long epoch) {}
        });
        reader = new NodeConnections(
                endpoint(),
                new NodeConnections.Asker("train", Hello.Role.CLIENT, UUID.randomUUID()),
                AskingSettings.DEFAULT,
                watch);
        agree(1, List.of(this));
    }

    private void awaitDelay() {
        CountDownLatch delay = viewDelay;
        try {
            if (delay != null && !delay.await(20, TimeUnit.SECONDS)) {
                throw new AssertionError("the test forgot the latch");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Volume 3 is one that nobody has keys for. */
    private @Nullable ObjectStore openVolume(VolumeDeclaration volume) {
        return switch (volume.credential()) {
            case "1" -> objects;
            case "3" -> null;
            default -> otherVolumes.computeIfAbsent(Integer.valueOf(volume.credential()), id -> new ScriptedStore());
        };
    }

    NodeEndpoint endpoint() {
        int colon = node.addresses().block().lastIndexOf(':');
        return new NodeEndpoint(
                node.id(),
                "127.0.0.1",
                Integer.parseInt(
                        node.addresses().block(),
                        colon + 1,
                        node.addresses().block().length(),
                        10),
                "");
    }

    /** From now on this node knows a ring of these nodes, and volumes 1 to 5. */
    void agree(long epoch, List<TestNode> members) {
        var ring = HashRing.of(
                epoch,
                members.stream().map(m -> new RingNode(m.node.id(), 100, "")).toList());
        Map<UUID, GroupNode> nodes = new HashMap<>();
        int number = 0;
        for (TestNode member : members) {
            var declared = new NodeDeclaration(member.node.id(), "n" + number++, 100, "", member.node.addresses());
            nodes.put(member.node.id(), new GroupNode(declared, NodeState.UP, 1, false));
        }
        agree(ring, nodes);
    }

    void agree(HashRing ring, Map<UUID, GroupNode> nodes) {
        Map<Integer, GroupVolume> volumes = new HashMap<>();
        for (int id = 1; id <= 5; id++) {
            var declared = new VolumeDeclaration(
                    new UUID(9, id), new VolumeStorage("file", "/none", ""), layoutOf(id), 4 << 20, String.valueOf(id));
            volumes.put(id, new GroupVolume(id, 1, declared, GroupVolume.State.ACTIVE));
        }
        view = new GroupView("train", ring.epoch(), ring, nodes, volumes);
        node.groupChanged();
    }

    /** A counter of the node. */
    long count(String name) {
        return Objects.requireNonNull(node.counters().get(name));
    }

    GroupView view() {
        return view;
    }

    static BlockKey.Slice key(int volumeId, long sliceId) {
        return new BlockKey.Slice(volumeId, 1, sliceId, 0, BLOCK_BYTES, BlockKey.Form.PLAIN);
    }

    static byte[] bytesOf(long seed) {
        byte[] bytes = new byte[BLOCK_BYTES];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Puts a block of random bytes into the object store of a volume. */
    byte[] putObject(ObjectStore store, BlockKey.Slice key, long seed) throws IOException {
        byte[] bytes = bytesOf(seed);
        putObject(store, key, bytes);
        return bytes;
    }

    /** Puts these bytes into the object store as the object of a block. */
    void putObject(ObjectStore store, BlockKey.Slice key, byte[] bytes) throws IOException {
        String name = LAYOUT.blockKey(key.sliceId(), key.index(), key.plainBytes());
        store.put(name, MemorySegment.ofArray(bytes), ObjectStore.PutCondition.ALWAYS);
    }

    NodeAnswer read(BlockKey.Slice key, Received into) {
        return read(key, 0, into, 0, key.plainBytes());
    }

    NodeAnswer read(BlockKey.Slice key, int flags, Received into, int offset, int length) {
        return reader.ask(request(Ask.Op.READ, key, flags, offset, length, 20_000), into, in(25));
    }

    Ask.Request request(Ask.Op op, BlockKey.Slice key, int flags, int offset, int length, int deadlineMillis) {
        return new Ask.Request(op, flags, view.ring().epoch(), deadlineMillis, key, offset, length, 0, "");
    }

    static long in(int seconds) {
        return System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    }

    static void await(BooleanSupplier condition) {
        long deadline = in(15);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("the wait is over").isLessThan(deadline);
            LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
        }
    }

    @Override
    public void close() {
        reader.close();
        watch.close();
        node.close();
        blocks.checkAccounting();
        blocks.close();
    }
}
