package io.blockring.etcdclient;

import io.blockring.etcdclient.EtcdException.Reason;
import io.grpc.Deadline;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** How long one operation may take, and its pauses between tries, which grow and are drawn at random. For one thread. */
final class Patience {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

    /** A member that is silent for so long is not waited for: another one is asked. */
    private static final Duration LONGEST_CALL = Duration.ofSeconds(5);

    /** What is left for a call that can still be answered. */
    private static final Duration SHORTEST_CALL = Duration.ofMillis(20);

    private final long endNanos;
    private long pauseNanos = FIRST_PAUSE.toNanos();

    Patience(Duration duration) {
        endNanos = System.nanoTime() + duration.toNanos();
    }

    /** For one call to one member. */
    Deadline ofCall() {
        long leftNanos = endNanos - System.nanoTime();
        return Deadline.after(Math.clamp(leftNanos, 0, LONGEST_CALL.toNanos()), TimeUnit.NANOSECONDS);
    }

    /** Waits before the next try; fails with {@code failure} when there is to be none. */
    void pause(StatusRuntimeException failure) throws EtcdException {
        long drawn = ThreadLocalRandom.current().nextLong(pauseNanos) + pauseNanos / 2;
        if (endNanos - System.nanoTime() <= drawn + SHORTEST_CALL.toNanos()) {
            throw new EtcdException(
                    Reason.NO_ANSWER,
                    "no member answered in time: " + Answers.failure(failure).getMessage(),
                    failure);
        }
        pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE.toNanos());
        try {
            Thread.sleep(Duration.ofNanos(drawn));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        checkInterrupt(failure);
    }

    static void checkInterrupt(StatusRuntimeException failure) throws EtcdException {
        if (Thread.currentThread().isInterrupted()) {
            throw new EtcdException(Reason.INTERRUPTED, "interrupted while it waited for etcd", failure);
        }
    }
}
