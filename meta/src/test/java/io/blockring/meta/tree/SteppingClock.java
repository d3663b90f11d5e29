package io.blockring.meta.tree;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that goes on a little whenever it is looked at, and a lot when it is told to. */
final class SteppingClock implements InstantSource {
    private static final Duration STEP = Duration.ofNanos(1000);

    private final AtomicReference<Instant> now;

    SteppingClock(Instant start) {
        now = new AtomicReference<>(start);
    }

    @Override
    public Instant instant() {
        return now.updateAndGet(instant -> instant.plus(STEP));
    }

    void advance(Duration duration) {
        now.updateAndGet(instant -> instant.plus(duration));
    }
}
