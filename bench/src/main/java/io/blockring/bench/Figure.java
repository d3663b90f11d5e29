package io.blockring.bench;

import java.io.IOException;
import java.util.List;

/** Something that is measured beside its limit. */
interface Figure {
    /** Threads or connections that read at once. */
    List<Integer> STREAMS = List.of(1, 16);

    /** Measures all cases. What is measured is also right, or this fails. */
    Evidence measure(String name, Machine machine, Settings settings, Closing closing) throws IOException;

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
