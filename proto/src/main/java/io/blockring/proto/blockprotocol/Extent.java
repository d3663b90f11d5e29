package io.blockring.proto.blockprotocol;

import io.blockring.block.BlockChecksums;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A run of bytes of a block: this header, then the bytes themselves.
 *
 * <p>It starts at a checksum unit and ends at one or with the block. One of 0 bytes says only that the node is still
 * at work.
 */
public final class Extent implements Answer {
    private final long generation;
    private final Answer.Source source;
    private final int offset;
    private final int length;
    private final int[] checksums;

    /**
     * An extent whose checksums are those of {@code blockChecksums} that cover it.
     *
     * @param generation of the slot that held the block; 0 when none did
     * @param blockChecksums of the whole block, from its first unit on
     */
    public static Extent ofBlock(long generation, Answer.Source source, int offset, int length, int[] blockChecksums) {
        int first = offset / BlockChecksums.UNIT_BYTES;
        int units = BlockChecksums.unitCount(length);
        return new Extent(generation, source, offset, length, Arrays.copyOfRange(blockChecksums, first, first + units));
    }

    /** An extent with the checksums of its own units; it takes the array. */
    Extent(long generation, Answer.Source source, int offset, int length, int[] checksums) {
        this.generation = generation;
        this.source = source;
        this.offset = offset;
        this.length = length;
        this.checksums = checksums;
    }

    /** Which of the blocks that a slot held one after another this was. */
    public long generation() {
        return generation;
    }

    /** Where the node had these bytes from. */
    public Answer.Source source() {
        return source;
    }

    /** Where in the block the bytes start. */
    public int offset() {
        return offset;
    }

    /** How many bytes follow. */
    public int length() {
        return length;
    }

    /** How many checksum units the bytes have. */
    public int unitCount() {
        return checksums.length;
    }

    /** The CRC32C of unit {@code unit} of this extent. */
    public int checksum(int unit) {
        return checksums[unit];
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Extent that
                && generation == that.generation
                && source == that.source
                && offset == that.offset
                && length == that.length
                && Arrays.equals(checksums, that.checksums);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(generation) * 31 + offset + Arrays.hashCode(checksums);
    }

    @Override
    public String toString() {
        return "Extent[" + offset + "+" + length + " from " + source + ", generation " + generation + "]";
    }
}
