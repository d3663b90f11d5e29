package io.blockring.blockstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockHash;
import io.blockring.block.BlockKey;
import io.blockring.block.BlockKeyCodec;
import io.blockring.block.testing.Seeds;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SlotHeaderTest {
    private static final int LONGEST_BLOCK_BYTES = SizeClass.ALL.getLast().payloadBytes();

    @Test
    void aHeaderComesBackWhole() {
        Seeds.forEach(200, random -> {
            int byteCount = 1 + random.nextInt(LONGEST_BLOCK_BYTES);
            byte[] key = someKey(random);
            int[] checksums = random.ints(BlockChecksums.unitCount(byteCount)).toArray();
            var header = new SlotHeader(key, random.nextLong(), random.nextLong(), byteCount, checksums);
            byte[] page = Arrays.copyOf(header.encode(), SizeClass.HEADER_BYTES);

            SlotHeader decoded = Objects.requireNonNull(SlotHeader.decode(page));
            assertThat(decoded.isFor(key)).isTrue();
            assertThat(decoded.isFor(someKey(random))).isFalse();
            assertThat(decoded.generation()).isEqualTo(header.generation());
            assertThat(decoded.byteCount()).isEqualTo(byteCount);
            assertThat(decoded.checksums()).isEqualTo(checksums);
            assertThat(decoded.encode()).isEqualTo(header.encode());
        });
    }

    @Test
    void theLongestHeaderFitsIntoItsPage() {
        byte[] key = new byte[BlockKeyCodec.MAX_ENCODED_BYTES];
        int[] checksums = new int[BlockChecksums.unitCount(LONGEST_BLOCK_BYTES)];
        var header = new SlotHeader(key, 1, 1, LONGEST_BLOCK_BYTES, checksums);
        assertThat(header.encode().length).isLessThanOrEqualTo(SizeClass.HEADER_BYTES);
    }

    @Test
    void aHeaderWithAFlippedBitIsNone() {
        Seeds.forEach(200, random -> {
            int byteCount = 1 + random.nextInt(1 << 20);
            int[] checksums = random.ints(BlockChecksums.unitCount(byteCount)).toArray();
            byte[] encoded = new SlotHeader(someKey(random), 7, 8, byteCount, checksums).encode();
            encoded[random.nextInt(encoded.length)] ^= (byte) (1 << random.nextInt(8));
            assertThat(SlotHeader.decode(encoded)).isNull();
        });
    }

    @Test
    void whatIsNoHeaderIsNone() {
        Seeds.forEach(200, random -> {
            byte[] noise = new byte[random.nextInt(SizeClass.HEADER_BYTES)];
            random.nextBytes(noise);
            byte[] magic = new SlotHeader(someKey(random), 7, 8, 1, new int[1]).encode();
            System.arraycopy(magic, 0, noise, 0, Math.min(noise.length, 8));
            assertThat(SlotHeader.decode(noise)).isNull();
            assertThat(SlotHeader.decode(new byte[noise.length])).isNull();
            assertThat(SlotHeader.decode(Arrays.copyOf(magic, random.nextInt(magic.length))))
                    .isNull();
        });
    }

    private static byte[] someKey(Random random) {
        BlockKey key = random.nextBoolean()
                ? TestBlocks.block(random.nextInt(10), 1 + random.nextInt(1000), 1 + random.nextInt(1000))
                : new BlockKey.Piece(1, new BlockHash(random.nextLong(), 1), "x".repeat(100), 0, 1);
        return BlockKeyCodec.encode(key);
    }
}
