package io.blockring.systemtests.rig;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for a condition, with a deadline. */
public final class Await {
    private static final Duration POLL = Duration.ofMillis(20);

    private Await() {}

    /** Waits until {@code condition} holds; an AssertionError says {@code what} did not come within {@code limit}. */
    public static void until(String what, Duration limit, BooleanSupplier condition) {
        untilPresent(what, limit, () -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty());
    }

    /** Watches {@code condition} for {@code span}; an AssertionError says {@code what} did not hold all the time. */
    public static void holds(String what, Duration span, BooleanSupplier condition) {
        long end = System.nanoTime() + span.toNanos();
        while (System.nanoTime() < end) {
            if (!condition.getAsBoolean()) {
                throw new AssertionError("not for " + span + ": " + what);
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    /** Waits until {@code probe} finds something, and returns it. */
    public static <T> T untilPresent(String what, Duration limit, Supplier<Optional<T>> probe) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            Optional<T> found = probe.get();
            if (found.isPresent()) {
                return found.get();
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + limit + ": " + what);
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }
}
