package io.blockring.meta.tree;

import io.blockring.meta.FileError;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.VolumeUsage;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.MetaTransaction;
import java.util.function.Supplier;

/** How much the volume holds: counted with every change, bounded by its settings, and told to statfs. */
final class Usage {
    private static final long UNLIMITED_BYTES = 1L << 50;
    private static final long UNLIMITED_INODES = 10L << 20;

    private final MetaReads reads;
    private final Supplier<VolumeFormat> format;

    Usage(MetaReads reads, Supplier<VolumeFormat> format) {
        this.reads = reads;
        this.format = format;
    }

    /** What a file of {@code length} bytes counts as; an empty one and everything else counts as one unit. */
    static long spaceOf(long length) {
        return DirectoryStats.spaceOf(length);
    }

    /** Fails with NO_SPACE when the volume would hold more than it may; clients together may pass the limit a little. */
    void requireRoom(long space, long inodes) throws FileError {
        VolumeFormat limits = format.get();
        if (space > 0
                && limits.capacityBytes() > 0
                && reads.counter(Counter.USED_SPACE) + space > limits.capacityBytes()) {
            throw new FileError(FileError.Kind.NO_SPACE, "the volume is full");
        }
        if (inodes > 0
                && limits.inodeLimit() > 0
                && reads.counter(Counter.TOTAL_INODES) + inodes > limits.inodeLimit()) {
            throw new FileError(FileError.Kind.NO_SPACE, "the volume holds as many inodes as it may");
        }
    }

    static void count(MetaTransaction transaction, long space, long inodes) throws FileError {
        if (space != 0) {
            transaction.increment(Counter.USED_SPACE, space);
        }
        if (inodes != 0) {
            transaction.increment(Counter.TOTAL_INODES, inodes);
        }
    }

    VolumeUsage report() throws FileError {
        VolumeFormat limits = format.get();
        long used = Math.max(0, reads.counter(Counter.USED_SPACE));
        long usedInodes = Math.max(0, reads.counter(Counter.TOTAL_INODES));
        long total = limits.capacityBytes() > 0
                ? Math.max(limits.capacityBytes(), used)
                : doubledUntilRoomy(UNLIMITED_BYTES, used);
        long inodes = limits.inodeLimit() > 0
                ? Math.max(limits.inodeLimit(), usedInodes)
                : usedInodes + roomyInodes(usedInodes);
        return new VolumeUsage(total, total - used, usedInodes, inodes - usedInodes);
    }

    /** Doubles {@code total} until no more than 80 % of it are used. */
    private static long doubledUntilRoomy(long total, long used) {
        long roomy = total;
        while (roomy < (1L << 62) && roomy / 10 * 8 < used) {
            roomy *= 2;
        }
        return roomy;
    }

    private static long roomyInodes(long used) {
        long available = UNLIMITED_INODES;
        while (available < (1L << 60) && (used + available) / 10 * 8 < used) {
            available *= 2;
        }
        return available;
    }
}
