package io.blockring.meta.engine;

import io.blockring.meta.FileError;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How often and how long something is tried again: after pauses that grow and are drawn at random, until a deadline or
 * a number of tries. For one thread.
 */
public final class Tries {
    private static final Duration MAX_PAUSE = Duration.ofMillis(500);

    private final long deadlineNanos;
    private final int most;
    private int tries = 1;

    /**
     * The first try begins now.
     *
     * @param deadlineNanos by {@link System#nanoTime}
     * @param most tries, with the first
     */
    public Tries(long deadlineNanos, int most) {
        this.deadlineNanos = deadlineNanos;
        this.most = most;
    }

    /** Tries so far. */
    public int count() {
        return tries;
    }

    /** Waits before the next try; false, at once, when there is to be none. */
    public boolean again() throws FileError {
        long leftNanos = deadlineNanos - System.nanoTime();
        if (tries == most || leftNanos <= 0) {
            return false;
        }
        long pauseNanos = Math.min(Duration.ofMillis((long) tries * tries).toNanos(), MAX_PAUSE.toNanos());
        tries++;
        try {
            Thread.sleep(Duration.ofNanos(ThreadLocalRandom.current().nextLong(Math.min(pauseNanos, leftNanos) + 1)));
            return true;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new FileError(FileError.Kind.INTERRUPTED, "interrupted between two tries");
        }
    }
}
