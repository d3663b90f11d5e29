package io.blockring.objectstore;

import java.time.Duration;

/**
 * Until when the calls of this thread may last. {@link RetryingObjectStore} sets it for all that it tries, and what
 * waits below obeys it: no attempt outlives the call that it is part of. A caller whose own time is short sets it
 * around its calls.
 */
public final class Deadline {
    private static final ScopedValue<Deadline> CURRENT = ScopedValue.newInstance();

    private final long atNanos;

    private Deadline(long atNanos) {
        this.atNanos = atNanos;
    }

    /** At most that far away, and not behind the one that is set. */
    public static Deadline in(Duration atMost) {
        var deadline = new Deadline(System.nanoTime() + atMost.toNanos());
        if (CURRENT.isBound() && CURRENT.get().remainingNanos() < deadline.remainingNanos()) {
            return CURRENT.get();
        }
        return deadline;
    }

    /** Calls something that must end by then. */
    public <T, X extends Throwable> T call(ScopedValue.CallableOp<T, X> call) throws X {
        return ScopedValue.where(CURRENT, this).call(call);
    }

    /** Zero or less once it has passed. */
    long remainingNanos() {
        return atNanos - System.nanoTime();
    }
}
