package io.blockring.blockstore;

import io.blockring.block.BlockHash;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Which blocks can be found and where they are: the whole index in 24 bytes of native memory a block.
 *
 * <p>A find takes one of {@value #SHARDS} locks for one probe; it sets a bit in the entry, which is all that eviction
 * needs to know (CLOCK: the hand spares a block that was used since it last came by, once).
 */
final class BlockTable implements AutoCloseable {
    static final int SHARD_BITS = 6;
    static final int SHARDS = 1 << SHARD_BITS;

    /** A block that was taken out of the table. */
    record Entry(BlockHash hash, long place) {}

    private final List<BlockShard> shards;
    private final Object handLock = new Object();
    private int handShard;

    BlockTable() {
        var made = new ArrayList<BlockShard>();
        for (int i = 0; i < SHARDS; i++) {
            made.add(new BlockShard());
        }
        shards = List.copyOf(made);
    }

    /** The part that answers for this block, also for its place once it is taken out. */
    BlockShard shard(BlockHash hash) {
        return shards.get((int) hash.low() & SHARDS - 1);
    }

    /** Takes out the block that is to go next; null when all are pinned. */
    @Nullable
    Entry nextVictim() {
        synchronized (handLock) {
            // Two laps: the first may find only blocks that were used.
            for (int turn = 0; turn <= 2 * SHARDS; turn++) {
                Entry victim = shards.get(handShard).nextVictim();
                if (victim != null) {
                    return victim;
                }
                handShard = (handShard + 1) % SHARDS;
            }
            return null;
        }
    }

    /** Takes out all blocks at places that {@code chosen} holds for, a part of the table at a time. */
    List<Entry> removeAll(LongPredicate chosen) {
        var removed = new ArrayList<Entry>();
        shards.forEach(shard -> removed.addAll(shard.removeAll(chosen)));
        return removed;
    }

    /** The same, but for blocks that are being read. */
    List<Entry> removeUnpinned(LongPredicate chosen) {
        var removed = new ArrayList<Entry>();
        shards.forEach(shard -> removed.addAll(shard.removeUnpinned(chosen)));
        return removed;
    }

    void forEachPlace(LongConsumer visitor) {
        shards.forEach(shard -> shard.forEachPlace(visitor));
    }

    long count() {
        return shards.stream().mapToLong(BlockShard::count).sum();
    }

    int pinnedPlaces() {
        return shards.stream().mapToInt(BlockShard::pinnedPlaces).sum();
    }

    List<Long> doomedPlaces() {
        return shards.stream().flatMap(shard -> shard.doomedPlaces().stream()).toList();
    }

    @Override
    public void close() {
        shards.forEach(BlockShard::close);
    }
}
