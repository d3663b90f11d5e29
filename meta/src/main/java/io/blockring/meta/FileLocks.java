package io.blockring.meta;

import org.jspecify.annotations.Nullable;

/**
 * The locks that programs of all mounts of a volume put on its files: BSD locks ({@code flock}) and POSIX locks ({@code
 * fcntl}), which do not know of each other.
 *
 * <p>An owner is a number that tells the owners of this session apart; those of other sessions are others. No owner is
 * in its own way. Nothing here waits for a lock: who wants to, asks again. The locks of a session end with it.
 *
 * <p>Each method fails with {@link FileError}: IO when the engine did not answer, READ_ONLY when the volume is mounted
 * so. A lock that could not be given back is given back later, and counts as given back for its owner.
 *
 * <p>Safe for use by many threads.
 */
public interface FileLocks {
    /**
     * Tries to take a BSD lock, or to make the one that the owner has another.
     *
     * @param willAskAgain whether the owner waits for it: it then gives up the lock that it has, so that two who wait to
     *     share no longer are not in each other's way for good (Linux has it so)
     * @return false when somebody is in the way
     */
    boolean lock(long inode, long owner, boolean exclusive, boolean willAskAgain) throws FileError;

    void unlock(long inode, long owner) throws FileError;

    /** Tries to take a POSIX lock; where the owner has locked these bytes before, this takes its place. */
    boolean lockRange(long inode, long owner, RangeLock lock) throws FileError;

    /** Gives back what the owner has of the bytes from {@code start} to {@code end}, both included. */
    void unlockRange(long inode, long owner, long start, long end) throws FileError;

    /** Whether this session knows of a POSIX lock of the owner; asks nobody. */
    boolean mayHaveRanges(long inode, long owner);

    /** A POSIX lock of another owner that is in the way of {@code wanted}; its pid is 0 in another session. */
    @Nullable
    RangeLock inTheWay(long inode, long owner, RangeLock wanted) throws FileError;
}
