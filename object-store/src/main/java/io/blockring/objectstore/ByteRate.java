package io.blockring.objectstore;

import java.util.concurrent.TimeUnit;

/**
 * Bytes that pass in a second: each caller waits until what was reserved before it has passed. So one that reserves
 * much at once never waits for itself, and whoever comes next does.
 */
final class ByteRate {
    private final long bytesPerSecond;
    private long passedAtNanos;
    private boolean used;

    ByteRate(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** How long a caller would wait now. */
    synchronized long waitNanos(long nowNanos) {
        return used ? Math.max(0, passedAtNanos - nowNanos) : 0;
    }

    /** Takes a place in the line; returns how long to wait for it. */
    synchronized long reserve(long bytes, long nowNanos) {
        long waitNanos = waitNanos(nowNanos);
        passedAtNanos = nowNanos + waitNanos + nanosOf(bytes);
        used = true;
        return waitNanos;
    }

    /** Gives back what was reserved and not used. */
    synchronized void giveBack(long bytes) {
        passedAtNanos -= nanosOf(bytes);
    }

    private long nanosOf(long bytes) {
        return bytesPerSecond == StoreLimits.UNLIMITED
                ? 0
                : (long) ((double) bytes / bytesPerSecond * TimeUnit.SECONDS.toNanos(1));
    }
}
