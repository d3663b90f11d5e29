package io.blockring.bench;

import java.io.IOException;
import java.util.List;

/** Something that is measured beside its limit. */
interface Figure {
    /** Threads or connections that read at once. */
    List<Integer> STREAMS = List.of(1, 16);

    /** Measures all cases. Every byte is right and came from where it was to come from, or this fails. */
    List<Case.Summary> measure(Settings settings, Closing closing) throws IOException;

    /** What the cases are to reach. */
    List<Goal> goals(List<Case.Summary> cases);

    /** Runs all cases for a profile. */
    void profile(Settings settings, Closing closing, Profile profile) throws IOException;

    /**
     * How much is measured.
     *
     * @param bytes of the data that is read
     * @param pairs rounds of each case
     */
    record Settings(long bytes, int pairs) {
        private static final long STEP_BYTES = STREAMS.getLast() * (long) Pattern.BLOCK_BYTES;

        public Settings {
            if (bytes < STEP_BYTES || bytes % STEP_BYTES != 0 || pairs < 1) {
                throw new IllegalArgumentException("--bytes is a multiple of " + STEP_BYTES + ", --pairs at least 1");
            }
        }
    }
}
