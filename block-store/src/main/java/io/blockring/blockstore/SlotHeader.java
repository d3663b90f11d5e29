package io.blockring.blockstore;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockHash;
import io.blockring.block.BlockKeyCodec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What stands before the bytes of a block on disk, and proves that they are this block's.
 *
 * <p>In a slot it fills the first page, padded with zeros; in the index it stands right before a small block's bytes.
 * All integers are little-endian.
 *
 * <pre>
 *  0  u64  magic "BRSLOT1\n"
 *  8  u32  CRC32C of everything from byte 12 to the end of the checksums
 * 12  u16  length k of the key
 * 14  u16  count n of checksums
 * 16  u64  generation
 * 24  u64  fill time, milliseconds since 1970
 * 32  u32  byte count of the block
 * 36  k    the key, as {@link BlockKeyCodec} encodes it
 * 36+k     n × u32 CRC32C of each 32 KiB of the block
 * </pre>
 */
final class SlotHeader {
    private static final long MAGIC = 0x0a31544f4c535242L;
    private static final int CRC_AT = 8;
    private static final int CRC_STARTS = 12;
    private static final int KEY_AT = 36;

    private final byte[] key;
    private final long generation;
    private final long filledAtMillis;
    private final int byteCount;
    private final int[] checksums;

    SlotHeader(byte[] key, long generation, long filledAtMillis, int byteCount, int[] checksums) {
        this.key = key;
        this.generation = generation;
        this.filledAtMillis = filledAtMillis;
        this.byteCount = byteCount;
        this.checksums = checksums;
    }

    long generation() {
        return generation;
    }

    long filledAtMillis() {
        return filledAtMillis;
    }

    int byteCount() {
        return byteCount;
    }

    /** The checksums themselves: whoever gives them away gives a copy. */
    int[] checksums() {
        return checksums;
    }

    /** How long {@link #encode()} is. */
    int encodedBytes() {
        return KEY_AT + key.length + checksums.length * Integer.BYTES;
    }

    byte[] encode() {
        ByteBuffer bytes = ByteBuffer.allocate(encodedBytes()).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(MAGIC)
                .putInt(0)
                .putShort((short) key.length)
                .putShort((short) checksums.length)
                .putLong(generation)
                .putLong(filledAtMillis)
                .putInt(byteCount)
                .put(key);
        for (int checksum : checksums) {
            bytes.putInt(checksum);
        }
        bytes.putInt(CRC_AT, crc(bytes.array(), bytes.position()));
        return bytes.array();
    }

    /** The header that {@code encoded} starts with; null when there is none, or not all of one. */
    static @Nullable SlotHeader decode(byte[] encoded) {
        ByteBuffer bytes = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
        if (encoded.length < KEY_AT || bytes.getLong() != MAGIC) {
            return null;
        }
        int crc = bytes.getInt();
        int keyBytes = Short.toUnsignedInt(bytes.getShort());
        int checksumCount = Short.toUnsignedInt(bytes.getShort());
        int end = KEY_AT + keyBytes + checksumCount * Integer.BYTES;
        if (keyBytes > BlockKeyCodec.MAX_ENCODED_BYTES || end > encoded.length || crc(encoded, end) != crc) {
            return null;
        }
        long generation = bytes.getLong();
        long filledAtMillis = bytes.getLong();
        int byteCount = bytes.getInt();
        byte[] key = new byte[keyBytes];
        bytes.get(key);
        int[] checksums = new int[checksumCount];
        for (int i = 0; i < checksumCount; i++) {
            checksums[i] = bytes.getInt();
        }
        boolean isWhole = byteCount > 0 && BlockChecksums.unitCount(byteCount) == checksumCount;
        return isWhole ? new SlotHeader(key, generation, filledAtMillis, byteCount, checksums) : null;
    }

    /** What the table and the index know the block by whose key this is. */
    Fingerprint fingerprint() {
        return Fingerprint.of(BlockHash.of(key));
    }

    boolean isFor(byte[] encodedKey) {
        return Arrays.equals(key, encodedKey);
    }

    private static int crc(byte[] encoded, int end) {
        var crc = new CRC32C();
        crc.update(encoded, CRC_STARTS, end - CRC_STARTS);
        return (int) crc.getValue();
    }
}
