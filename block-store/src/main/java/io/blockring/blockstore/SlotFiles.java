package io.blockring.blockstore;

import io.blockring.blockstore.Segment.Slot;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** Reads and writes headers and bytes of slots, wherever the class of the slot has them. */
final class SlotFiles {
    private final BlockIndex index;

    SlotFiles(BlockIndex index) {
        this.index = index;
    }

    /**
     * What a slot holds.
     *
     * @param indexed the bytes, if they are in the index
     */
    record Stored(SlotHeader header, @Nullable MemorySegment indexed) {}

    /** Gives a slot with a file its place on disk. */
    void allocate(Slot slot, int byteCount) throws IOException {
        slot.segment().file().allocate(slot.headerOffset(), SizeClass.HEADER_BYTES + SizeClass.wholePages(byteCount));
    }

    /**
     * Writes bytes and then header, so that a header stands only before bytes that are all there.
     *
     * @return what is to be put into the index, if the class is kept there
     */
    byte @Nullable [] write(Slot slot, SlotHeader header, MemorySegment bytes) throws IOException {
        byte[] encoded = header.encode();
        if (slot.sizeClass().inIndex()) {
            byte[] kept = new byte[encoded.length + (int) bytes.byteSize()];
            System.arraycopy(encoded, 0, kept, 0, encoded.length);
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, 0, kept, encoded.length, kept.length - encoded.length);
            return kept;
        }
        SegmentFile file = slot.segment().file();
        file.write(bytes, slot.payloadOffset());
        try (var arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(SizeClass.HEADER_BYTES);
            MemorySegment.copy(encoded, 0, page, ValueLayout.JAVA_BYTE, 0, encoded.length);
            file.write(page, slot.headerOffset());
        }
        return null;
    }

    /** The header of the slot, and the bytes of a small block; null when there is no sound header. */
    @Nullable
    Stored read(Slot slot, Fingerprint block) throws IOException {
        if (slot.sizeClass().inIndex()) {
            return readIndexed(block);
        }
        SlotHeader header = readHeaderPage(slot);
        return header == null || header.byteCount() > slot.sizeClass().payloadBytes() ? null : new Stored(header, null);
    }

    private @Nullable Stored readIndexed(Fingerprint block) throws IOException {
        byte[] kept = index.bytes(block);
        SlotHeader header = kept == null ? null : SlotHeader.decode(kept);
        if (kept == null || header == null || kept.length != header.encodedBytes() + header.byteCount()) {
            return null;
        }
        return new Stored(header, MemorySegment.ofArray(kept).asSlice(header.encodedBytes()));
    }

    private static @Nullable SlotHeader readHeaderPage(Slot slot) throws IOException {
        try (var arena = Arena.ofConfined()) {
            MemorySegment page = arena.allocate(SizeClass.HEADER_BYTES);
            slot.segment().file().read(page, slot.headerOffset());
            return SlotHeader.decode(page.toArray(ValueLayout.JAVA_BYTE));
        }
    }
}
