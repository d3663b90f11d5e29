package io.blockring.filesystem;

import java.time.Duration;

/**
 * What one {@link VolumeFileSystem} may use.
 *
 * @param writeBufferBytes native memory for data that is not yet in the object store; writes wait when it is full
 * @param readAheadBytes native memory for data that was loaded before it was asked for
 * @param uploads blocks that are put into the object store at once
 * @param fetches threads that fetch the further blocks of reads that span several
 * @param flushDeadline how long a flush, a write without room, and a turn to change a file may wait
 */
public record FileSystemLimits(
        long writeBufferBytes, long readAheadBytes, int uploads, int fetches, Duration flushDeadline) {
    public static final FileSystemLimits DEFAULT =
            new FileSystemLimits(256L << 20, 128L << 20, 16, 32, Duration.ofMinutes(5));

    public FileSystemLimits {
        if (writeBufferBytes <= 0
                || readAheadBytes <= 0
                || uploads <= 0
                || fetches <= 0
                || flushDeadline.isNegative()) {
            throw new IllegalArgumentException("a limit that allows nothing");
        }
    }
}
