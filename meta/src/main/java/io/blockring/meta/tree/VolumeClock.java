package io.blockring.meta.tree;

import java.time.Instant;
import java.time.InstantSource;

/** The time of day, which may be wrong and may jump, and a count of time that no one sets. */
interface VolumeClock extends InstantSource {
    /** The clocks of this machine. */
    VolumeClock SYSTEM = new VolumeClock() {
        @Override
        public Instant instant() {
            return Instant.now();
        }

        @Override
        public long steadyNanos() {
            return System.nanoTime();
        }
    };

    /** Nanoseconds since some moment; only differences mean something. */
    long steadyNanos();
}
