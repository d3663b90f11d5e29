package io.blockring.blockstore;

import java.io.IOException;
import java.time.Duration;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** Slots of one kind of blocks, in one file; for a class inside the index, numbers without a file. */
final class Segment {
    /** A slot number has 16 bits in a place. */
    static final int MAX_SLOTS = 1 << Short.SIZE;
    /** A segment's number has 24. */
    static final int MAX_NUMBER = (1 << 24) - 1;

    static final int PLACE_BITS = 40;
    /** Blocks that expire go with the whole segment, which is so much late for the first of them. */
    private static final int PARTS_OF_TTL = 8;

    /** Blocks that may lie in one file: they leave together, and are counted together. */
    record Kind(int owner, int dataset, SizeClass sizeClass) {}

    final int number;
    final Kind kind;
    final SizeClass sizeClass;
    final int slots;
    private final @Nullable SegmentFile file;
    private final long openedMillis;

    // Guarded by the Segments that this is one of.
    /** Slots that are not to be given out. */
    final BitSet taken = new BitSet();
    /** How many of these have a block, a fill or a reader. */
    int used;
    /** No more slots are given out: the file is on its way to be deleted. */
    boolean sealed;
    /** When the last slot was given out, or the segment was opened. */
    long newestMillis;

    Segment(BlockIndex.SegmentRow row, @Nullable SegmentFile file, long nowMillis) {
        number = row.number();
        kind = row.kind();
        sizeClass = kind.sizeClass();
        slots = row.slots();
        this.file = file;
        openedMillis = nowMillis;
        newestMillis = nowMillis;
    }

    /** Has it taken blocks for so long that they should go separately from what comes now? */
    boolean isOldFor(Duration ttl, long nowMillis) {
        return !ttl.isZero() && nowMillis - openedMillis > ttl.toMillis() / PARTS_OF_TTL;
    }

    SegmentFile file() {
        if (file == null) {
            throw new IllegalStateException("segment " + number + " has no file");
        }
        return file;
    }

    void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }

    /** Free slots there are, or there would be. */
    boolean hasRoom() {
        return !sealed && taken.nextClearBit(0) < slots;
    }

    /** One slot of a segment. */
    record Slot(Segment segment, int number) {
        /** Segment and slot in {@value #PLACE_BITS} bits: what the table and the index keep. */
        long place() {
            return Integer.toUnsignedLong(segment.number) << Short.SIZE | number;
        }

        SizeClass sizeClass() {
            return segment.sizeClass;
        }

        long headerOffset() {
            return number * segment.sizeClass.strideBytes();
        }

        long payloadOffset() {
            return headerOffset() + SizeClass.HEADER_BYTES;
        }
    }
}
