package io.blockring.blockstore;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;

/** One file of slots. All operations name their offset, and may run beside one another. */
interface SegmentFile extends AutoCloseable {
    /**
     * Gives {@code bytes} bytes at {@code offset} their place on disk, where the file system can.
     *
     * @throws OutOfSpaceException there is none
     */
    void allocate(long offset, long bytes) throws IOException;

    /** Writes all of {@code bytes}. */
    void write(MemorySegment bytes, long offset) throws IOException;

    /** Fills {@code into}, unless the file ends before; returns the bytes read. */
    long read(MemorySegment into, long offset) throws IOException;

    /**
     * Like {@link #read}, past the page cache where the file system can: what the device has.
     *
     * @param into whole pages of memory, aligned to pages
     * @param offset a multiple of the page size
     */
    long readFromDevice(MemorySegment into, long offset) throws IOException;

    /**
     * Gives the range back to the file system and its pages to whoever still reads them.
     *
     * @return false when the file system cannot
     */
    boolean punch(long offset, long bytes) throws IOException;

    /** For {@code sendfile}. An interrupt closes it for all; asked again, there is a new one. */
    FileChannel channel() throws IOException;

    @Override
    void close() throws IOException;

    /** The disk or a quota is full. */
    final class OutOfSpaceException extends IOException {
        private static final long serialVersionUID = 1L;

        OutOfSpaceException(String message) {
            super(message);
        }
    }
}
