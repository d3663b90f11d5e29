package io.blockring.block;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/**
 * The checksums that travel with a block: a CRC32C (Castagnoli) of each {@link #UNIT_BYTES} bytes, the last unit
 * being as short as the block makes it.
 *
 * <p>They are made once, from the bytes as they came from the object store or the writer, and compared by whoever
 * reads the block. A range can be checked when it starts at a unit and ends at one or at the end of the block.
 */
public final class BlockChecksums {
    /** How many bytes one checksum covers. */
    public static final int UNIT_BYTES = 32 << 10;

    private BlockChecksums() {}

    /** How many checksums {@code bytes} bytes have. */
    public static int unitCount(int bytes) {
        return (int) (((long) bytes + UNIT_BYTES - 1) / UNIT_BYTES);
    }

    /** The checksums of {@code bytes}, which start at a unit. */
    public static int[] of(MemorySegment bytes) {
        int[] checksums = new int[unitCount((int) bytes.byteSize())];
        for (int unit = 0; unit < checksums.length; unit++) {
            checksums[unit] = ofUnit(bytes, unit);
        }
        return checksums;
    }

    /**
     * The first unit of {@code bytes} that is not what {@code checksums} say, or -1 when all are.
     *
     * @param bytes start at a unit of the block
     * @param checksums of these bytes, the first one at {@code firstChecksum}
     */
    public static int firstBadUnit(MemorySegment bytes, int[] checksums, int firstChecksum) {
        int units = unitCount((int) bytes.byteSize());
        for (int unit = 0; unit < units; unit++) {
            if (ofUnit(bytes, unit) != checksums[firstChecksum + unit]) {
                return unit;
            }
        }
        return -1;
    }

    private static int ofUnit(MemorySegment bytes, int unit) {
        long start = (long) unit * UNIT_BYTES;
        long length = Math.min(UNIT_BYTES, bytes.byteSize() - start);
        var crc = new CRC32C();
        crc.update(bytes.asSlice(start, length).asByteBuffer());
        return (int) crc.getValue();
    }
}
