package io.blockring.blockstore;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;

/**
 * A block that was found, pinned: until it is closed its bytes stay where they are, whatever is evicted or dropped.
 *
 * <p>Bytes sent with {@code sendfile} are in use until the receiver has them, which is after {@code transferTo}
 * returned: keep the block open until the connection's next request.
 */
public sealed interface StoredBlock extends AutoCloseable {
    /** How many bytes the block has. */
    int byteCount();

    /** The CRC32C of each 32 KiB, as given when the block was filled; the array is the caller's own. */
    int[] checksums();

    /** Which fill made it: a later fill of the same block has another. */
    long generation();

    /** Where the bytes came from; a small block comes from disk although its bytes are in memory. */
    Tier tier();

    /** Reads all bytes and compares them with the checksums: what tells corruption from a bad transfer. */
    boolean isIntact() throws IOException;

    /** Gives the pin back; closing twice does nothing. */
    @Override
    void close();

    /** The tiers of a store. */
    enum Tier {
        MEMORY,
        DISK
    }

    /** The bytes are in memory. */
    non-sealed interface InMemory extends StoredBlock {
        /** The bytes of the block, read-only; native memory, except that those of small blocks may be on the heap. */
        MemorySegment bytes();
    }

    /** The bytes are in a file. */
    non-sealed interface OnDisk extends StoredBlock {
        /** The file; it is shared with other readers, so use positions, and it is closed when the store is. */
        FileChannel file() throws IOException;

        /** Where in the file the block's first byte is. */
        long fileOffset();
    }
}
