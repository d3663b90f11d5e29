package io.blockring.cachenode;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockKey;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.codec.BlockCodec;
import io.blockring.objectstore.codec.Compression;
import io.blockring.proto.asking.BlockSink;
import io.blockring.proto.asking.NodeAnswer;
import io.blockring.proto.blockprotocol.Answer.Source;
import io.blockring.proto.blockprotocol.Answer.Status;
import io.blockring.proto.blockprotocol.Ask;
import io.blockring.proto.blockprotocol.Extent;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocks of compressed volumes, which a node holds plain, and of encrypted ones, which it holds as they are stored. */
class StoredFormTest {
    private static final int PLAIN_BYTES = 1 << 20;

    @TempDir
    private Path directory;

    /** Takes a block of a length that it does not know. */
    private static final class Whole implements BlockSink {
        private final MemorySegment memory = Arena.ofAuto().allocate(2 * PLAIN_BYTES);
        private int bytes;
        private Source source = Source.NONE;

        @Override
        public MemorySegment room(int offset, int length) {
            return memory.asSlice(offset, length);
        }

        @Override
        public void arrived(int offset, int length, Extent extent) {
            bytes = offset + length;
            source = extent.source();
        }

        byte[] bytes() {
            return memory.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static BlockKey.Slice sealed(long sliceId) {
        return new BlockKey.Slice(5, 1, sliceId, 0, PLAIN_BYTES, BlockKey.Form.STORED);
    }

    private static byte[] noise(int bytes) {
        byte[] noise = new byte[bytes];
        new Random(bytes).nextBytes(noise);
        return noise;
    }

    private static ObjectStore storeOf(TestNode node, int volume) {
        return node.otherVolumes.computeIfAbsent(volume, id -> new ScriptedStore());
    }

    @Test
    void aCompressedBlockIsHeldPlainAndSentInRanges() throws IOException {
        try (var node = new TestNode(directory)) {
            BlockKey.Slice key = TestNode.key(4, 7);
            byte[] plain = TestNode.bytesOf(7);
            Arrays.fill(plain, 1000, 900_000, (byte) 3);
            MemorySegment object = BlockCodec.of(Compression.ZSTD).encode(MemorySegment.ofArray(plain), Arena.ofAuto());
            node.putObject(storeOf(node, 4), key, object.toArray(ValueLayout.JAVA_BYTE));
            var received = new Received();
            assertStatus(node.read(key, 0, received, 32 << 10, 64 << 10), Status.OK);
            assertThat(received.bytes(32 << 10, 96 << 10)).isEqualTo(Arrays.copyOfRange(plain, 32 << 10, 96 << 10));
            TestNode.await(() -> node.count("fill_bytes_in_flight") == 0);
            assertStatus(node.read(key, Ask.NO_FILL, received, 0, key.plainBytes()), Status.OK);
            assertThat(received.bytes()).isEqualTo(plain);
            assertThat(received.source()).isEqualTo(Source.DISK);
        }
    }

    @Test
    void anObjectThatDoesNotDecompressToItsBlockIsNeverTheBlock() throws IOException {
        try (var node = new TestNode(directory)) {
            for (byte[] object : List.of(noise(1000), new byte[0], noise(TestNode.BLOCK_BYTES), noise(2 << 20))) {
                BlockKey.Slice key = TestNode.key(4, 100 + object.length);
                node.putObject(storeOf(node, 4), key, object);
                assertStatus(node.read(key, new Received()), Status.STORE_ERROR);
            }
            TestNode.await(() -> node.blocks.usage().disk().usedBytes() == 0);
        }
    }

    @Test
    void anEncryptedBlockIsHeldAndSentAsItIsStoredWhateverItsLength() throws IOException {
        try (var node = new TestNode(directory)) {
            for (int bytes : new int[] {1, 30_000, 32 << 10, 300_001, PLAIN_BYTES, PLAIN_BYTES + 3000}) {
                BlockKey.Slice key = sealed(bytes);
                node.putObject(storeOf(node, 5), key, noise(bytes));
                for (Source source : List.of(Source.STORE, Source.DISK)) {
                    var received = new Whole();
                    assertStatus(readWhole(node, key, received), Status.OK);
                    assertThat(received.bytes()).isEqualTo(noise(bytes));
                    assertThat(received.source).isEqualTo(source);
                    TestNode.await(() -> node.count("fill_bytes_in_flight") == 0);
                }
            }
        }
    }

    @Test
    void whatNoEncryptedBlockCanBeIsRefused() throws IOException {
        try (var node = new TestNode(directory);
                var arena = Arena.ofShared()) {
            node.putObject(storeOf(node, 5), sealed(1), noise(PLAIN_BYTES + (64 << 10)));
            assertStatus(readWhole(node, sealed(1), new Whole()), Status.STORE_ERROR);
            assertStatus(node.read(sealed(1), 0, new Received(), 0, 32 << 10), Status.BAD_REQUEST);
            MemorySegment tooLong = arena.allocate(PLAIN_BYTES + (64 << 10));
            var offer = node.request(Ask.Op.OFFER, sealed(2), 0, 0, (int) tooLong.byteSize(), 1000);
            assertStatus(
                    node.reader.offer(offer, tooLong, BlockChecksums.of(tooLong), TestNode.in(5)), Status.BAD_REQUEST);
        }
    }

    @Test
    void aBlockInAnotherFormThanItsVolumesIsRefused() throws IOException {
        try (var node = new TestNode(directory)) {
            var plain = new BlockKey.Slice(5, 1, 7, 0, PLAIN_BYTES, BlockKey.Form.PLAIN);
            node.putObject(storeOf(node, 5), plain, noise(PLAIN_BYTES));
            assertStatus(node.read(plain, new Received()), Status.BAD_REQUEST);
            var stored = new BlockKey.Slice(1, 1, 7, 0, PLAIN_BYTES, BlockKey.Form.STORED);
            node.putObject(node.objects, stored, noise(PLAIN_BYTES));
            assertStatus(readWhole(node, stored, new Whole()), Status.BAD_REQUEST);
        }
    }

    @Test
    void anEncryptedBlockThatIsOfferedIsSentAsItCame() throws IOException {
        try (var node = new TestNode(directory);
                var arena = Arena.ofShared()) {
            byte[] object = noise(123_457);
            MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, object);
            var offer = node.request(Ask.Op.OFFER, sealed(9), 0, 0, object.length, 1000);
            assertStatus(node.reader.offer(offer, bytes, BlockChecksums.of(bytes), TestNode.in(5)), Status.OK);
            var received = new Whole();
            assertStatus(readWhole(node, sealed(9), received), Status.OK);
            assertThat(received.bytes()).isEqualTo(object);
            assertThat(received.source).isEqualTo(Source.DISK);
        }
    }

    @Test
    void aNodeThatJoinsGetsAnEncryptedBlockFromItsEarlierOwner() throws IOException {
        try (var old = new TestNode(directory.resolve("old"));
                var joining = new TestNode(directory.resolve("new"))) {
            byte[] object = noise(PLAIN_BYTES + 500);
            old.putObject(storeOf(old, 5), sealed(7), object);
            assertStatus(readWhole(old, sealed(7), new Whole()), Status.OK);
            TestNode.await(() -> old.blocks.usage().fills() == 1);
            joining.agree(2, List.of(old));
            joining.agree(3, List.of(joining, old));
            var received = new Whole();
            assertStatus(readWhole(joining, sealed(7), received), Status.OK);
            assertThat(received.bytes()).isEqualTo(object);
            assertThat(received.source).isEqualTo(Source.PEER);
            assertThat(joining.node.counters()).containsEntry("peer_bytes", (long) object.length);
            joining.putObject(storeOf(joining, 5), sealed(8), noise(5000));
            assertStatus(readWhole(joining, sealed(8), received), Status.OK);
            assertThat(received.source)
                    .as("the earlier owner does not have that one")
                    .isEqualTo(Source.STORE);
        }
    }

    private static NodeAnswer readWhole(TestNode node, BlockKey.Slice key, BlockSink into) {
        return node.reader.ask(node.request(Ask.Op.READ, key, 0, 0, 0, 20_000), into, TestNode.in(25));
    }

    private static void assertStatus(NodeAnswer answer, Status status) {
        assertThat(answer).isInstanceOfSatisfying(NodeAnswer.Ended.class, ended -> {
            assertThat(ended.end().status()).as(ended.end().text()).isEqualTo(status);
            assertThat(ended.isBad()).isFalse();
        });
    }
}
