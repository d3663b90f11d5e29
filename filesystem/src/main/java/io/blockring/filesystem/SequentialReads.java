package io.blockring.filesystem;

import org.jspecify.annotations.Nullable;

/*
 *        read so far          next          ahead
 *   ----------------------------|-------------|------------------------> file
 *                      |<-slack->|<- window ->|
 *
 * A read is sequential when it starts between next - slack and ahead: the kernel sends the pieces of its own
 * read-ahead side by side, so that they come in any order. When less than half of the window is left, the window
 * doubles and what is missing of it is loaded; a read elsewhere shuts it. It is never smaller than a read, which would
 * only be cut in pieces, and not larger than a quarter of a block until more than a block was read in sequence: who
 * reads single blocks here and there shall not load the next one each time. From then on it is whole blocks.
 */
/**
 * Decides for one handle what to load before it is asked for. Safe for use by many threads.
 */
final class SequentialReads {
    static final int FIRST_WINDOW_BYTES = 128 << 10;

    /** The window grows to this many blocks, but not above {@link #MAX_WINDOW_BYTES} or below one block. */
    static final int MAX_WINDOW_BLOCKS = 4;

    static final long MAX_WINDOW_BYTES = 16 << 20;

    /** How far behind the last one a read may start that only came late. */
    static final long SLACK_BYTES = 1 << 20;

    private final int blockBytes;
    private final long maxWindow;
    private long start;
    private long next;
    private long ahead;
    private long window;

    SequentialReads(int blockBytes) {
        this.blockBytes = blockBytes;
        this.maxWindow = Math.max(blockBytes, Math.min(MAX_WINDOW_BYTES, (long) MAX_WINDOW_BLOCKS * blockBytes));
    }

    /**
     * Notes a read of bytes that are all within the file; returns what to load now, or null.
     *
     * @param shareBytes how much memory is there for this handle; it may go to the end of a block beyond its window
     */
    synchronized ReadPlan.@Nullable Range onRead(long offset, long length, long fileLength, long shareBytes) {
        boolean late = window > 0 && offset >= next - SLACK_BYTES && offset <= ahead;
        if (offset != next && !late) {
            window = 0;
            start = offset;
            next = offset + length;
            ahead = next;
            return null;
        }
        next = Math.max(next, offset + length);
        ahead = Math.max(ahead, next);
        if (ahead - next > window / 2) {
            return null;
        }
        window = Math.min(nextWindow(length), Math.max(blockBytes, Math.min(maxWindow, shareBytes - blockBytes)));
        long from = ahead;
        ahead = Math.max(ahead, Math.min(roundedUp(next + window), fileLength));
        return from < ahead ? new ReadPlan.Range(from, ahead) : null;
    }

    private long nextWindow(long length) {
        if (next - start > blockBytes) {
            return Math.max(window * 2, blockBytes);
        }
        long first = Math.max(FIRST_WINDOW_BYTES, length);
        return window == 0 ? first : Math.min(window * 2, Math.max(first, blockBytes / 4));
    }

    /** Ends a window of blocks at the end of one, so that each block is loaded in one piece. */
    private long roundedUp(long end) {
        return window < blockBytes ? end : (end + blockBytes - 1) / blockBytes * blockBytes;
    }
}
