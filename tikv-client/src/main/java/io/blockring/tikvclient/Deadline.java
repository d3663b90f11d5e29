package io.blockring.tikvclient;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** How long one operation may take, and its pauses between tries, which grow and are drawn at random. For one thread. */
final class Deadline {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(2);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

    /** A store that is silent for so long is asked again, or another one is. */
    private static final Duration LONGEST_CALL = Duration.ofSeconds(5);

    private final long endNanos;
    private long pauseNanos = FIRST_PAUSE.toNanos();
    private String why = "it did not answer";

    private Deadline(long endNanos) {
        this.endNanos = endNanos;
    }

    static Deadline after(Duration patience) {
        return new Deadline(System.nanoTime() + patience.toNanos());
    }

    /** The same end, with pauses of its own: for another thread. */
    Deadline sibling() {
        return new Deadline(endNanos);
    }

    /** Zero or less once the time is over. */
    long leftNanos() {
        return endNanos - System.nanoTime();
    }

    /** For one call to one server. */
    io.grpc.Deadline ofCall() {
        return io.grpc.Deadline.after(
                Math.max(0, Math.min(leftNanos(), LONGEST_CALL.toNanos())),
                TimeUnit.NANOSECONDS,
                io.grpc.Deadline.getSystemTicker());
    }

    /** Waits before the next try; fails with {@code failure} as the reason when none is left. */
    void pause(String failure) throws TikvException {
        pause(failure, Duration.ofNanos(ThreadLocalRandom.current().nextLong(pauseNanos) + pauseNanos / 2));
        pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE.toNanos());
    }

    /** Waits for {@code pause}, or as long as there is time. */
    void pause(String failure, Duration pause) throws TikvException {
        why = failure;
        check();
        try {
            Thread.sleep(Duration.ofNanos(Math.min(pause.toNanos(), Math.max(0, leftNanos()))));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new TikvException("interrupted while it waited for TiKV: " + failure);
        }
    }

    /** Fails once the time is over. */
    void check() throws TikvException {
        if (leftNanos() <= 0) {
            throw new TikvException("TiKV did not answer by the deadline: " + why);
        }
    }
}
