package io.blockring.cacheclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.block.BlockKey;
import io.blockring.objectstore.MemoryObjectStore;
import io.blockring.objectstore.ObjectStore.PutCondition;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.VolumeLayout;
import io.blockring.objectstore.codec.BlockCodec;
import io.blockring.objectstore.codec.DamagedObjectException;
import io.blockring.objectstore.codec.Passphrase;
import io.blockring.proto.blockprotocol.Answer.Source;
import io.blockring.proto.blockprotocol.Answer.Status;
import io.blockring.proto.testing.ScriptedNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reads and writes of volumes whose objects are not their blocks, with and without a group. */
class EncodedVolumeTest {
    private static final int BLOCK_BYTES = 300_077;
    private static BlockCodec sealing;
    private static VolumeLayout layout;

    private final byte[] block = new byte[BLOCK_BYTES];
    private final MemoryObjectStore objects = new MemoryObjectStore();
    private final List<ScriptedNode> nodes = new ArrayList<>();
    private final ConcurrentLinkedQueue<byte[]> offered = new ConcurrentLinkedQueue<>();
    private volatile ScriptedNode.Script script = (request, exchange) -> exchange.end(Status.MISS, Source.NONE, 1);
    private ScriptedGroup group;

    @BeforeAll
    static void makeAKey() throws Exception {
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        String key = Base64.getMimeEncoder()
                .encodeToString(generator.generateKeyPair().getPrivate().getEncoded());
        String pem = "-----BEGIN PRIVATE KEY-----\n" + key + "\n-----END PRIVATE KEY-----\n";
        sealing = BlockCodec.of("lz4", "", pem, Passphrase.NONE);
        layout = new VolumeLayout("lab", false, sealing.compression(), sealing.form());
    }

    @BeforeEach
    void start() throws IOException {
        new Random(1).nextBytes(block);
        Arrays.fill(block, 1000, 200_000, (byte) 7);
        group = new ScriptedGroup();
        for (int place = 0; place < 2; place++) {
            nodes.add(new ScriptedNode((request, exchange) -> script.answer(request, exchange)));
        }
        group.agree(1, nodes);
    }

    @AfterEach
    void stop() throws IOException {
        group.close();
        for (ScriptedNode node : nodes) {
            node.close();
        }
    }

    private BlockCache open() {
        return new BlockCache(objects, layout, sealing, group.address(), BlockCacheSettings.DEFAULT);
    }

    private byte[] write(BlockCache cache) throws IOException {
        cache.write(key(cache), MemorySegment.ofArray(block));
        try (var content = objects.get(layout.blockKey(7, 0, BLOCK_BYTES), 0, 1 << 20, null)) {
            byte[] object = new byte[(int) content.length()];
            MemorySegment into = MemorySegment.ofArray(object);
            for (int at = 0; at < object.length; ) {
                at += content.read(into.asSlice(at));
            }
            return object;
        }
    }

    private static BlockKey.Slice key(BlockCache cache) {
        return cache.keyOf(7, 0, BLOCK_BYTES);
    }

    private static byte[] read(BlockCache cache, int from, int to) throws IOException {
        MemorySegment into = MemorySegment.ofArray(new byte[to - from]);
        cache.read(key(cache), from, into);
        return into.toArray(ValueLayout.JAVA_BYTE);
    }

    private void assertEachRangeIsRead(BlockCache cache) throws IOException {
        assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
        assertThat(read(cache, 999, 1002)).isEqualTo(Arrays.copyOfRange(block, 999, 1002));
        assertThat(read(cache, 200_000, BLOCK_BYTES)).isEqualTo(Arrays.copyOfRange(block, 200_000, BLOCK_BYTES));
    }

    @Test
    void anyRangeOfAnEncodedBlockIsReadWithoutAGroup() throws IOException {
        for (String compression : List.of("lz4", "zstd")) {
            BlockCodec codec = codecOf(compression);
            var store = new MemoryObjectStore();
            try (var cache =
                    new BlockCache(store, new VolumeLayout("lab", false, codec.compression(), codec.form()), codec)) {
                cache.write(key(cache), MemorySegment.ofArray(block));
                assertEachRangeIsRead(cache);
                assertThat(store.head(layout.blockKey(7, 0, BLOCK_BYTES))
                                .orElseThrow()
                                .bytes())
                        .isLessThan(BLOCK_BYTES / 2);
            }
        }
    }

    private static BlockCodec codecOf(String compression) throws IOException {
        return BlockCodec.of(compression, "", "", Passphrase.NONE);
    }

    @Test
    void anEncryptedBlockIsWrittenOnceAndOfferedAsItIsStored() throws IOException {
        script = (request, exchange) -> {
            exchange.end(Status.MISS, Source.NONE, 1);
            offered.add(exchange.offered());
            exchange.end(Status.OK, Source.NONE, 1);
        };
        try (var cache = open()) {
            byte[] object = write(cache);
            long deadline = System.nanoTime() + 15_000_000_000L;
            while (cache.statistics().offersSent() == 0 && System.nanoTime() - deadline < 0) {
                Thread.onSpinWait();
            }
            assertThat(offered).hasSize(1);
            assertThat(offered.element()).isEqualTo(object);
            assertThat(write(cache))
                    .as("written again, it is the block that is there")
                    .isEqualTo(object);
        }
    }

    @Test
    void whatANodeHoldsAsStoredIsOpenedHere() throws IOException {
        try (var cache = open()) {
            byte[] object = write(cache);
            script = (request, exchange) -> {
                assertThat(request.offset()).isZero();
                assertThat(request.length()).isZero();
                exchange.extent(Source.DISK, object, 0, 64 << 10);
                exchange.extent(Source.DISK, object, 64 << 10, object.length);
                exchange.end(Status.OK, Source.DISK, 1);
            };
            assertEachRangeIsRead(cache);
            assertThat(cache.statistics().storeGets()).isZero();
            assertThat(cache.statistics().diskBytes()).isEqualTo(BLOCK_BYTES + 3 + BLOCK_BYTES - 200_000);
        }
    }

    @Test
    void whatCannotBeOpenedIsReadFromTheStore() throws IOException {
        try (var cache = open()) {
            byte[] object = write(cache);
            byte[] changed = object.clone();
            changed[object.length / 2] ^= 1;
            for (byte[] wrong : List.of(changed, Arrays.copyOf(object, object.length - 1), block, new byte[1])) {
                script = (request, exchange) -> {
                    exchange.extent(Source.DISK, wrong, 0, wrong.length);
                    exchange.end(Status.OK, Source.DISK, 1);
                };
                assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
            }
            assertThat(cache.statistics().storeGets()).isEqualTo(4);
            assertThat(cache.statistics().badUnits()).isEqualTo(4);
        }
    }

    @Test
    void aNodeThatDiesInTheMiddleCostsOnlyTime() throws IOException {
        try (var cache = open()) {
            byte[] object = write(cache);
            int owner = group.place(nodes, key(cache), 0);
            script = (request, exchange) -> {
                if (nodes.get(owner).requests().contains(request)) {
                    exchange.extentHeader(Source.DISK, object, 0, object.length);
                    exchange.sendBytes(ByteBuffer.wrap(object, 0, 70_000));
                    throw new IOException("killed");
                }
                exchange.extent(Source.MEMORY, object, 0, object.length);
                exchange.end(Status.OK, Source.MEMORY, 1);
            };
            assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
        }
    }

    @Test
    void aDamagedObjectIsAnErrorThatNamesIt() throws IOException {
        String name = layout.blockKey(7, 0, BLOCK_BYTES);
        try (var cache = new BlockCache(objects, layout, sealing)) {
            byte[] object = write(cache);
            object[object.length - 20] ^= 1;
            objects.put(name, MemorySegment.ofArray(object), PutCondition.ALWAYS);
            assertThatThrownBy(() -> read(cache, 5, 10))
                    .isInstanceOf(DamagedObjectException.class)
                    .hasMessageContaining(name);
            objects.put(name, MemorySegment.ofArray(new byte[1 << 20]), PutCondition.ALWAYS);
            assertThatThrownBy(() -> read(cache, 5, 10))
                    .isInstanceOf(ObjectStoreException.class)
                    .hasMessageContaining(name);
            assertThat(cache.statistics().failedReads()).isEqualTo(2);
        }
    }

    @Test
    void aLayoutAndACodecThatDoNotFitAreRefused() {
        assertThatThrownBy(() -> new BlockCache(objects, layout, BlockCodec.PLAIN))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
