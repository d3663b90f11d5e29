package io.blockring.cacheclient;

import java.time.Duration;

/**
 * How much may be asked of the object store in place of the group: so many bytes a second, and some at once. What does
 * not fit now waits its turn, so that a lost node makes reads slower and is no stampede.
 *
 * <p>Each taker gets the time from which its bytes are free; a taker may take more than all, and those behind it wait.
 */
final class StoreBudget {
    private static final double NANOS_PER_SECOND = Duration.ofSeconds(1).toNanos();

    private final double bytesPerNano;
    private final long burstNanos;
    /** When the last byte given away is paid for; before now it is a saving, behind now a debt. */
    private long paidUntilNanos;

    StoreBudget(long bytesPerSecond, long burstBytes, long nowNanos) {
        bytesPerNano = bytesPerSecond / NANOS_PER_SECOND;
        burstNanos = (long) (burstBytes / bytesPerNano);
        paidUntilNanos = nowNanos - burstNanos;
    }

    /**
     * Takes that many bytes, if they are free within {@code patienceNanos}.
     *
     * @return nanoseconds to wait before using them, or -1 when that would be too long and nothing was taken
     */
    synchronized long take(long bytes, long nowNanos, long patienceNanos) {
        if (nowNanos - paidUntilNanos > burstNanos) {
            paidUntilNanos = nowNanos - burstNanos;
        }
        long wait = Math.max(0, paidUntilNanos - nowNanos);
        if (wait > patienceNanos) {
            return -1;
        }
        paidUntilNanos += (long) (bytes / bytesPerNano);
        return wait;
    }
}
