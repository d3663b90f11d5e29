package io.blockring.blockstore;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * In which order blocks came, or were used: roughly, in eight bits a block.
 *
 * <p>The ages form a circle. A block gets the youngest; when as many have it as are a 32nd of all, the next age is the
 * youngest, so that the oldest one is the next of the circle that any block has. What is left of an age when the circle
 * has gone round counts as young again. Counts, which are all that is kept here, may be off by what happens at once.
 */
final class BlockAges {
    static final int AGES = 256;
    /** What is loaded in no order has this age. */
    static final int UNKNOWN = 0;

    /** So many ages hold all blocks. */
    private static final int AGES_OF_ALL = 32;

    private final boolean byUse;
    private final AtomicLongArray blocks = new AtomicLongArray(AGES);
    private final AtomicLong all = new AtomicLong();
    private volatile int youngest = UNKNOWN + 1;

    /** Ages of one table; {@code byUse} when a block becomes young again by each use. */
    BlockAges(boolean byUse) {
        this.byUse = byUse;
    }

    boolean areByUse() {
        return byUse;
    }

    int youngest() {
        return youngest;
    }

    /** How many blocks have that age. */
    long blocks(int age) {
        return blocks.get(age);
    }

    /** A block comes; returns its age. */
    int add() {
        int age = youngest;
        add(age);
        advanceFrom(age);
        return age;
    }

    /** A block comes back with the age that it had. */
    void add(int age) {
        blocks.incrementAndGet(age);
        all.incrementAndGet();
    }

    void remove(int age) {
        blocks.decrementAndGet(age);
        all.decrementAndGet();
    }

    /** A block of that age is used: returns its age from now on. */
    int renew(int age) {
        int now = youngest;
        if (now == age) {
            return age;
        }
        blocks.decrementAndGet(age);
        blocks.incrementAndGet(now);
        advanceFrom(now);
        return now;
    }

    /** Goes on where an earlier run ended. */
    void startFrom(int earlierYoungest) {
        youngest = earlierYoungest;
    }

    private void advanceFrom(int age) {
        if (blocks.get(age) >= Math.max(1, all.get() / AGES_OF_ALL)) {
            advance(age);
        }
    }

    private synchronized void advance(int age) {
        if (youngest == age) {
            youngest = after(age);
        }
    }

    static int after(int age) {
        return (age + 1) % AGES;
    }
}
