package io.blockring.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.block.testing.Seeds;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockKeyCodecTest {
    @Test
    void theEncodingOfASliceIsPinned() {
        var key = new BlockKey.Slice(7, 1, 0x0102030405060708L, 15, 4 << 20, BlockKey.Form.PLAIN);
        assertThat(HexFormat.of().formatHex(BlockKeyCodec.encode(key)))
                .isEqualTo("01" + "00000007" + "00000001" + "0102030405060708" + "0000000f" + "00400000" + "00");
        assertThat(key.hash().toString()).isEqualTo("e06f505f098951e0cbc3404f4601c995");
    }

    @Test
    void theEncodingOfAPieceIsPinned() {
        var key = new BlockKey.Piece(3, new BlockHash(1, 2), "abc-2", 0, 100);
        assertThat(HexFormat.of().formatHex(BlockKeyCodec.encode(key)))
                .isEqualTo("02" + "00000003" + "0000000000000001" + "0000000000000002" + "00000000" + "00000064"
                        + "0005" + "6162632d32");
        assertThat(key.hash().toString()).isEqualTo("3c2eb22a045fea6bc2cc0e78279e2990");
    }

    @Test
    void everyKeyComesBackAsItWas() {
        Seeds.forEach(500, random -> {
            BlockKey key = someKey(random);
            assertThat(BlockKeyCodec.decode(BlockKeyCodec.encode(key))).isEqualTo(key);
        });
    }

    @Test
    void noBytesBreakTheDecoder() {
        Seeds.forEach(2000, random -> {
            byte[] bytes = BlockKeyCodec.encode(someKey(random));
            for (int hits = random.nextInt(1, 4); hits > 0; hits--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            byte[] broken = random.nextBoolean() ? bytes : Arrays.copyOf(bytes, random.nextInt(bytes.length * 2));
            try {
                assertThat(BlockKeyCodec.encode(BlockKeyCodec.decode(broken))).isEqualTo(broken);
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        });
    }

    @Test
    void aKeyThatCannotBeIsRefused() {
        assertThatThrownBy(() -> new BlockKey.Slice(1, 0, 0, 0, 1, BlockKey.Form.PLAIN))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new BlockKey.Slice(1, 0, 1, 0, BlockKey.MAX_PLAIN_BYTES + 1, BlockKey.Form.PLAIN))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new BlockKey.Piece(1, new BlockHash(0, 0), "a b", 0, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static BlockKey someKey(Random random) {
        int index = random.nextInt(Integer.MAX_VALUE);
        int plainBytes = 1 + random.nextInt(BlockKey.MAX_PLAIN_BYTES);
        if (random.nextBoolean()) {
            return new BlockKey.Slice(
                    random.nextInt(Integer.MAX_VALUE),
                    random.nextInt(Integer.MAX_VALUE),
                    random.nextLong(1, Long.MAX_VALUE),
                    index,
                    plainBytes,
                    random.nextBoolean() ? BlockKey.Form.PLAIN : BlockKey.Form.STORED);
        }
        String eTag = "e".repeat(1 + random.nextInt(BlockKey.MAX_ETAG_BYTES - 1)) + random.nextInt(10);
        return new BlockKey.Piece(
                random.nextInt(Integer.MAX_VALUE),
                new BlockHash(random.nextLong(), random.nextLong()),
                eTag,
                index,
                plainBytes);
    }
}
