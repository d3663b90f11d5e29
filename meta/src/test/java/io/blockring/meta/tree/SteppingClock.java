package io.blockring.meta.tree;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that goes on a little whenever it is looked at, and a lot when it is told to. */
final class SteppingClock implements VolumeClock {
    private static final Duration STEP = Duration.ofNanos(1000);

    private final AtomicReference<Instant> now;
    private final Instant start;

    SteppingClock(Instant start) {
        now = new AtomicReference<>(start);
        this.start = start;
    }

    @Override
    public Instant instant() {
        return now.updateAndGet(instant -> instant.plus(STEP));
    }

    @Override
    public long steadyNanos() {
        return Duration.between(start, now.get()).toNanos();
    }

    void advance(Duration duration) {
        now.updateAndGet(instant -> instant.plus(duration));
    }

    /** The clock of a machine whose time of day is wrong by so much. */
    VolumeClock wrongBy(Duration error) {
        return new VolumeClock() {
            @Override
            public Instant instant() {
                return SteppingClock.this.instant().plus(error);
            }

            @Override
            public long steadyNanos() {
                return SteppingClock.this.steadyNanos();
            }
        };
    }
}
