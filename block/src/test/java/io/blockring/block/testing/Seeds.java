package io.blockring.block.testing;

import java.util.Random;

/**
 * Runs a property with many sources of randomness; a failure names the seed that replays it alone:
 * {@code -Dblockring.seed=N}.
 */
public final class Seeds {
    /** What must hold whatever the random source says. */
    @FunctionalInterface
    public interface Property {
        void check(Random random) throws Exception;
    }

    private Seeds() {}

    /** Checks {@code property} with {@code count} seeds, or with the one given as {@code blockring.seed}. */
    public static void forEach(int count, Property property) {
        Long only = Long.getLong("blockring.seed");
        long first = only != null ? only : 1;
        for (long seed = first; seed < first + (only != null ? 1 : count); seed++) {
            try {
                property.check(new Random(seed));
            } catch (Exception | AssertionError e) {
                throw new AssertionError("seed " + seed + " (replay: -Dblockring.seed=" + seed + "): " + e, e);
            }
        }
    }
}
