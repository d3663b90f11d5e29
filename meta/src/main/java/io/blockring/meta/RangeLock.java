package io.blockring.meta;

/**
 * A lock of one owner on bytes of a file.
 *
 * @param exclusive whether nobody else may lock any of these bytes; else others may share them
 * @param pid the process that asked for it, a number that means something on its own machine only
 * @param start offset of the first byte
 * @param end offset of the last byte; {@link #LAST} goes to the end of the file, however long it becomes
 */
public record RangeLock(boolean exclusive, int pid, long start, long end) {
    /** The last byte that any file can have. */
    public static final long LAST = Long.MAX_VALUE;

    public RangeLock {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException("no bytes to lock: %d to %d".formatted(start, end));
        }
    }

    /** A lock of all bytes, as {@code flock} makes one. */
    public static RangeLock whole(boolean exclusive) {
        return new RangeLock(exclusive, 0, 0, LAST);
    }

    /** Whether two owners cannot have these two. */
    public boolean conflictsWith(RangeLock other) {
        return (exclusive || other.exclusive) && start <= other.end && other.start <= end;
    }

    /** The same on other bytes. */
    public RangeLock between(long newStart, long newEnd) {
        return new RangeLock(exclusive, pid, newStart, newEnd);
    }
}
