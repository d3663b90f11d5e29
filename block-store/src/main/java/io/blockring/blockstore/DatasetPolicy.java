package io.blockring.blockstore;

import java.time.Duration;

/**
 * What becomes of the blocks of a dataset.
 *
 * @param keep what may make them go
 * @param shareBytes how much of a store they may take; {@link Long#MAX_VALUE} for all of it
 * @param ttl how long after its fill a block is gone; zero for never
 */
public record DatasetPolicy(Keep keep, long shareBytes, Duration ttl) {
    /** What blocks of no dataset have. */
    public static final DatasetPolicy AUTO = of(Keep.AUTO);

    /** What may make blocks go that nobody wants gone. */
    public enum Keep {
        /** Any other block, when it is their turn. A full share makes room by its own blocks. */
        AUTO,
        /**
         * Not each other: what is there when the share, or the store, is full stays there, and the rest is not kept. Right
         * for epochs, which read all of a dataset that does not fit. They go for others when these find nothing else.
         */
        FREEZE,
        /** Nothing. At most four fifths of a directory are pinned; more is not kept. */
        PIN,
        /** They are not kept at all. */
        ONCE
    }

    public DatasetPolicy {
        if (shareBytes < 0 || ttl.isNegative()) {
            throw new IllegalArgumentException("no such policy: a share of " + shareBytes + " bytes for " + ttl);
        }
    }

    /** A policy without a share and a time. */
    public static DatasetPolicy of(Keep keep) {
        return new DatasetPolicy(keep, Long.MAX_VALUE, Duration.ZERO);
    }

    /** The same with a share. */
    public DatasetPolicy withShare(long bytes) {
        return new DatasetPolicy(keep, bytes, ttl);
    }

    /** The same with a time after which blocks are gone. */
    public DatasetPolicy withTtl(Duration time) {
        return new DatasetPolicy(keep, shareBytes, time);
    }

    /** The same for a part of the store. */
    DatasetPolicy forPart(double part) {
        return shareBytes == Long.MAX_VALUE ? this : withShare((long) (shareBytes * part));
    }

    /** Does a block that was filled then count as gone? */
    boolean hasExpired(long filledAtMillis, long nowMillis) {
        return !ttl.isZero() && nowMillis - filledAtMillis >= ttl.toMillis();
    }
}
