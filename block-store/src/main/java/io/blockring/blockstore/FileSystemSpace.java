package io.blockring.blockstore;

import java.io.IOException;
import java.nio.file.Path;

/**
 * How much a file system has and has left, for users who are not root.
 *
 * @param inodes 0 where the file system does not count them
 */
record FileSystemSpace(long bytes, long freeBytes, long inodes, long freeInodes) {
    /** How many bytes have to be freed until {@code ratio} of all are free. */
    long missingBytes(double ratio) {
        return Math.max(0, (long) Math.ceil(bytes * ratio) - freeBytes);
    }

    /** Whether less than {@code ratio} of the inodes are free. */
    boolean isShortOfInodes(double ratio) {
        return inodes > 0 && freeInodes < inodes * ratio;
    }

    /** Asks the file system that a directory is on. */
    @FunctionalInterface
    interface Probe {
        FileSystemSpace of(Path directory) throws IOException;
    }
}
