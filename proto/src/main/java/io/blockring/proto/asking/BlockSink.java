package io.blockring.proto.asking;

import io.blockring.proto.blockprotocol.Extent;
import java.lang.foreign.MemorySegment;

/** Where the bytes of an answer go. Used by the thread that asks. */
public interface BlockSink {
    /**
     * Room for the bytes of the block from {@code offset} on, at least up to the end of the checksum unit that
     * {@code offset} is in, and at most {@code length} bytes. Asked twice, it gives the same memory.
     */
    MemorySegment room(int offset, int length);

    /**
     * Bytes have arrived and are what their checksums say. Called in the order of the offsets, without gaps.
     *
     * @param extent that they came with
     */
    void arrived(int offset, int length, Extent extent);
}
