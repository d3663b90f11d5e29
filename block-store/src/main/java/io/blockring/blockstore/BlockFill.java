package io.blockring.blockstore;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A block being filled: its room is reserved, its bytes come into {@link #buffer()}.
 *
 * <p>Used by one thread at a time; other threads may read what is already in the buffer.
 */
public interface BlockFill extends AutoCloseable {
    /** As many bytes of native memory as the block has; valid until {@link #close()}, also after the commit. */
    MemorySegment buffer();

    /** Which fill this is: the {@link StoredBlock#generation()} of the block after the commit. */
    long generation();

    /**
     * Keeps the block: after this it is found. When another fill of the same block was faster, that one is kept.
     *
     * @param checksums the CRC32C of each 32 KiB of the buffer
     * @throws IOException the block could not be written, and is not kept
     */
    void commit(int[] checksums) throws IOException;

    /** Gives the buffer back and, without a commit, the room; closing twice does nothing. */
    @Override
    void close();
}
