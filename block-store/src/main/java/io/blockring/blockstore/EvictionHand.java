package io.blockring.blockstore;

import io.blockring.blockstore.BlockTable.Entry;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the blocks that go. It walks round the circle of {@link BlockAges} from old to young, and for each age, or
 * for several at once where there is little to find, sweeps the whole table.
 *
 * <p>With ages by arrival this is SIEVE (Zhang and others, NSDI 2024): a block that was used since the hand last came by
 * is spared once and stays where it is, so that the hand soon meets the new ones that nobody wants. With ages by use it
 * is LRU. Both as exactly as ages are.
 */
final class EvictionHand {
    /** How often the whole circle is gone round before there is nothing to find: once may only clear marks of use. */
    private static final int MOST_ROUNDS = 3;

    private final List<BlockShard> shards;
    private final BlockAges ages;
    private int oldest = BlockAges.UNKNOWN;
    /** Sweeps that find nothing become wider, lest each of them reads the whole table for a few blocks. */
    private int width = 1;

    private boolean hasFound;
    private int shard;
    private int bucket;

    EvictionHand(List<BlockShard> shards, BlockAges ages) {
        this.shards = shards;
        this.ages = ages;
    }

    /** Goes on from that age. */
    synchronized void startFrom(int age) {
        oldest = age;
    }

    /** Ages {@code oldest} and the following ones, {@code width} in all. */
    record Span(int oldest, int width) {
        boolean holds(int age) {
            return Math.floorMod(age - oldest, BlockAges.AGES) < width;
        }
    }

    /** What a step through a shard came to: the block that was taken out, if any, and where to go on, or -1 at its end. */
    record Step(@Nullable Entry taken, int next) {}

    /** Takes out the next block that may go; null when none may. */
    synchronized @Nullable Entry next(LongPredicate mayGo) {
        int passed = 0;
        while (passed <= MOST_ROUNDS * BlockAges.AGES) {
            Entry taken = sweepOn(mayGo);
            if (taken != null) {
                hasFound = true;
                return taken;
            }
            passed += endSweep();
        }
        return null;
    }

    /** Goes on until a block is taken out or the sweep has ended. */
    private @Nullable Entry sweepOn(LongPredicate mayGo) {
        var span = new Span(oldest, width);
        while (shard < shards.size() && hasBlocks(span)) {
            Step step = shards.get(shard).takeVictim(bucket, span, mayGo);
            bucket = Math.max(0, step.next());
            if (step.next() < 0) {
                shard++;
            }
            if (step.taken() != null) {
                return step.taken();
            }
        }
        return null;
    }

    private boolean hasBlocks(Span span) {
        for (int i = 0; i < span.width(); i++) {
            if (ages.blocks((span.oldest() + i) % BlockAges.AGES) > 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Moves to the next age that blocks have, or to the oldest one when it has come to the youngest, which would keep
     * the hand from all others for as long as blocks come; returns how many were passed.
     */
    private int endSweep() {
        int passed = width;
        oldest = (oldest + width) % BlockAges.AGES;
        width = hasFound ? 1 : Math.min(BlockAges.AGES, 2 * width);
        hasFound = false;
        shard = 0;
        bucket = 0;
        while ((ages.blocks(oldest) <= 0 || oldest == ages.youngest()) && passed < BlockAges.AGES) {
            oldest = BlockAges.after(oldest);
            passed++;
        }
        return passed;
    }
}
