package io.blockring.blockstore;

import io.blockring.block.BlockKey;
import java.util.ArrayList;
import java.util.List;

/**
 * How much room a block takes: the least class that its bytes fit into.
 *
 * <p>Small classes live inside the index. The others have slots: a header page, then the payload. Whole powers of two
 * have some slack, because an encrypted block that would not compress is a little longer than a plain one.
 *
 * @param id position in {@link #ALL}; written to disk
 * @param payloadBytes the longest block of the class
 * @param chargedBytes what each block of the class takes from the capacity
 */
record SizeClass(int id, int payloadBytes, long chargedBytes) {
    /** Room before each payload, for a {@link SlotHeader}. */
    static final int HEADER_BYTES = 4096;

    /**
     * Slots start at multiples of this, and the whole way to the next slot is punched when a slot is freed.
     *
     * <p>A hole that covers only a part of a large page-cache folio zeroes that part in place, under a socket that
     * still has it to send. Folios are aligned by their size, which is at most 2 MiB where pages have 4 KiB, so none
     * reaches into two slots. The files are sparse: the distance costs addresses, not space.
     */
    static final long STRIDE_UNIT_BYTES = 2 << 20;

    static final List<SizeClass> ALL = allClasses();

    /** What each block takes besides its slot: its row in the index, twice while that is compacted, and in the checkpoint. */
    private static final int ROW_BYTES = 80;

    private static final int INDEXED_CLASSES = 3;
    static final int PAGE_BYTES = 4096;
    private static final int LEAST_SLOT_PAYLOAD_BYTES = 32 << 10;

    /** The class for a block of {@code byteCount} bytes. */
    static SizeClass of(int byteCount) {
        for (SizeClass sizeClass : ALL) {
            if (byteCount <= sizeClass.payloadBytes) {
                return sizeClass;
            }
        }
        throw new IllegalArgumentException("no block has " + byteCount + " bytes");
    }

    /** The bytes of the pages that so many bytes take. */
    static long wholePages(int byteCount) {
        return (byteCount + PAGE_BYTES - 1L) / PAGE_BYTES * PAGE_BYTES;
    }

    /** Does the index keep the bytes of these blocks? */
    boolean inIndex() {
        return id < INDEXED_CLASSES;
    }

    /** From the start of one slot to that of the next. */
    long strideBytes() {
        return (HEADER_BYTES + payloadBytes + STRIDE_UNIT_BYTES - 1) / STRIDE_UNIT_BYTES * STRIDE_UNIT_BYTES;
    }

    private static List<SizeClass> allClasses() {
        var classes = new ArrayList<SizeClass>();
        for (int payloadBytes = 4 << 10; payloadBytes <= 16 << 10; payloadBytes *= 2) {
            // Half as much again: the row, and what compaction has not dropped yet.
            classes.add(new SizeClass(classes.size(), payloadBytes, payloadBytes * 3L / 2));
        }
        for (int payloadBytes = LEAST_SLOT_PAYLOAD_BYTES; payloadBytes <= BlockKey.MAX_PLAIN_BYTES; payloadBytes *= 2) {
            classes.add(slotClass(classes.size(), payloadBytes + slackBytes(payloadBytes)));
            if (payloadBytes < BlockKey.MAX_PLAIN_BYTES) {
                classes.add(slotClass(classes.size(), payloadBytes / 2 * 3));
            }
        }
        return List.copyOf(classes);
    }

    private static SizeClass slotClass(int id, int payloadBytes) {
        return new SizeClass(id, payloadBytes, (long) ROW_BYTES + HEADER_BYTES + payloadBytes);
    }

    /** LZ4 may add one byte in 255 to what it cannot compress, encryption adds less than a page. */
    private static int slackBytes(int payloadBytes) {
        return payloadBytes < 64 << 10
                ? 0
                : PAGE_BYTES + (payloadBytes / 128 + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    }
}
