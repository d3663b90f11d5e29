package io.blockring.fuseclient;

import java.time.Duration;

/**
 * How a mount is served; {@link #defaults} is right for most.
 *
 * @param trust for how long the kernel may believe what it is told
 * @param maxWriteBytes bytes of the largest read or write that the kernel sends, a multiple of 4096
 * @param readAheadBytes how far the kernel reads ahead in a file; above 128 KiB only root can have it
 * @param readers threads that wait for requests from the start
 * @param maxThreads threads at most, and with it requests that are worked on at once; each may hold a buffer of
 *     {@code maxWriteBytes}
 * @param allowOther whether others than the user who mounts may use the mount; root always lets them
 * @param readOnly whether the mount refuses all changes
 * @param acl whether the file system keeps access control lists
 */
public record FuseSettings(
        Trust trust,
        int maxWriteBytes,
        int readAheadBytes,
        int readers,
        int maxThreads,
        boolean allowOther,
        boolean readOnly,
        boolean acl) {
    static final int PAGE_BYTES = 4096;

    /** Above it a kernel needs a sysctl, and no throughput is gained. */
    public static final int LARGEST_WRITE_BYTES = 256 * PAGE_BYTES;

    private static final int MAX_THREADS = 64;
    private static final int MOST_THREADS = 1024;
    private static final int FEWEST_READERS = 2;
    private static final int MOST_READERS = 4;

    /**
     * For how long the kernel may believe what it is told, and thereby for how long a mount misses what another client did.
     *
     * @param attributes of any inode; an open asks anew whatever this says
     * @param entries that name no directory
     * @param directoryEntries entries that name a directory
     * @param missingEntries that there is no such name; with zero it asks each time
     */
    public record Trust(Duration attributes, Duration entries, Duration directoryEntries, Duration missingEntries) {
        static final Trust ONE_SECOND =
                new Trust(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ZERO);

        public Trust {
            if (attributes.isNegative()
                    || entries.isNegative()
                    || directoryEntries.isNegative()
                    || missingEntries.isNegative()) {
                throw new IllegalArgumentException("a time below zero");
            }
        }
    }

    public FuseSettings {
        if (maxWriteBytes < PAGE_BYTES || maxWriteBytes > LARGEST_WRITE_BYTES || maxWriteBytes % PAGE_BYTES != 0) {
            throw new IllegalArgumentException("no size of a request: " + maxWriteBytes);
        }
        if (readAheadBytes < 0) {
            throw new IllegalArgumentException("a read-ahead below zero: " + readAheadBytes);
        }
        if (readers < 1 || maxThreads <= readers || maxThreads > MOST_THREADS) {
            throw new IllegalArgumentException("%d readers and %d threads".formatted(readers, maxThreads));
        }
    }

    /** One second of trust, 1 MiB requests and read-ahead, as many readers as processors but two to four. */
    public static FuseSettings defaults() {
        int processors = Runtime.getRuntime().availableProcessors();
        return new FuseSettings(
                Trust.ONE_SECOND,
                LARGEST_WRITE_BYTES,
                1 << 20,
                Math.clamp(processors, FEWEST_READERS, MOST_READERS),
                MAX_THREADS,
                false,
                false,
                false);
    }

    /** The same with other times of trust. */
    public FuseSettings withTrust(Trust newTrust) {
        return new FuseSettings(
                newTrust, maxWriteBytes, readAheadBytes, readers, maxThreads, allowOther, readOnly, acl);
    }

    /** The same with other users let in or not. */
    public FuseSettings withAllowOther(boolean newAllowOther) {
        return new FuseSettings(
                trust, maxWriteBytes, readAheadBytes, readers, maxThreads, newAllowOther, readOnly, acl);
    }

    /** The same for a file system that keeps access control lists, or does not. */
    public FuseSettings withAcl(boolean newAcl) {
        return new FuseSettings(
                trust, maxWriteBytes, readAheadBytes, readers, maxThreads, allowOther, readOnly, newAcl);
    }

    /** The same, changes being refused or not. */
    public FuseSettings withReadOnly(boolean newReadOnly) {
        return new FuseSettings(
                trust, maxWriteBytes, readAheadBytes, readers, maxThreads, allowOther, newReadOnly, acl);
    }

    /** The same with other limits of threads. */
    public FuseSettings withThreads(int newReaders, int newMaxThreads) {
        return new FuseSettings(
                trust, maxWriteBytes, readAheadBytes, newReaders, newMaxThreads, allowOther, readOnly, acl);
    }
}
