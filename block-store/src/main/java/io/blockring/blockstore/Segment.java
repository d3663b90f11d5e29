package io.blockring.blockstore;

import java.io.IOException;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** Slots of one owner and one class, in one file; for a class inside the index, numbers without a file. */
final class Segment {
    /** A slot number has 16 bits in a place. */
    static final int MAX_SLOTS = 1 << Short.SIZE;
    /** A segment's number has 24. */
    static final int MAX_NUMBER = (1 << 24) - 1;

    static final int PLACE_BITS = 40;

    final int number;
    final int owner;
    final SizeClass sizeClass;
    final int slots;
    private final @Nullable SegmentFile file;

    // Guarded by the Segments that this is one of.
    /** Slots that are not to be given out. */
    final BitSet taken = new BitSet();
    /** How many of these have a block, a fill or a reader. */
    int used;
    /** No more slots are given out: the file is on its way to be deleted. */
    boolean sealed;

    Segment(BlockIndex.SegmentRow row, @Nullable SegmentFile file) {
        number = row.number();
        owner = row.owner();
        sizeClass = SizeClass.ALL.get(row.classId());
        slots = row.slots();
        this.file = file;
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
