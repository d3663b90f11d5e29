package io.blockring.block.testing;

import java.time.Duration;
import java.util.Random;

/**
 * Runs a property with many sources of randomness; a failure names the seed that replays it alone:
 * {@code -Dblockring.seed=N}. A run that its limit of time ends says where {@code -Dblockring.seed.first=N} goes on.
 */
public final class Seeds {
    /** What must hold whatever the random source says. */
    @FunctionalInterface
    public interface Property {
        void check(Random random) throws Exception;
    }

    /** No property begins another seed after this. */
    private static final Duration LONGEST = Duration.ofMinutes(50);

    private Seeds() {}

    /** Checks {@code property} with {@code count} seeds, or with the one given as {@code blockring.seed}. */
    public static void forEach(int count, Property property) {
        Long only = Long.getLong("blockring.seed");
        long first = only != null ? only : Long.getLong("blockring.seed.first", 1);
        long last = only != null ? only : first + count - 1;
        long start = System.nanoTime();
        for (long seed = first; seed <= last; seed++) {
            if (System.nanoTime() - start > LONGEST.toNanos()) {
                last = seed - 1;
                break;
            }
            try {
                property.check(new Random(seed));
            } catch (Exception | AssertionError e) {
                throw new AssertionError("seed " + seed + " (replay: -Dblockring.seed=" + seed + "): " + e, e);
            }
        }
        System.out.println("figure: seeds " + first + ".." + last + " of " + caller());
    }

    private static String caller() {
        return StackWalker.getInstance()
                .walk(frames -> frames.filter(frame -> !frame.getClassName().equals(Seeds.class.getName()))
                        .findFirst()
                        .map(StackWalker.StackFrame::getMethodName)
                        .orElse("a property"));
    }
}
