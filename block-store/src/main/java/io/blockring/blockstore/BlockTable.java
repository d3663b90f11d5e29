package io.blockring.blockstore;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Which blocks can be found and where they are: all of it in at most 24 bytes of native memory a block.
 *
 * <p>A find takes one of {@value #SHARDS} locks for one probe; it marks the entry as used, which is all that eviction
 * needs to know ({@link EvictionHand}).
 */
final class BlockTable implements AutoCloseable {
    static final int SHARD_BITS = 8;
    static final int SHARDS = 1 << SHARD_BITS;

    /** A block that was taken out of the table. */
    record Entry(Fingerprint block, long place) {}

    /** A place of the table, for walks; blocks move while others come and go. */
    record Position(int shard, int bucket) {
        static final Position FIRST = new Position(0, 0);
    }

    /** A block and where in the table it was seen. */
    record Placed(Fingerprint block, long place, Position at) {
        Position after() {
            return new Position(at.shard, at.bucket + 1);
        }
    }

    private final BlockAges ages;
    private final List<BlockShard> shards;
    private final EvictionHand hand;

    BlockTable(Eviction eviction) {
        ages = new BlockAges(eviction == Eviction.LRU);
        var made = new ArrayList<BlockShard>();
        for (int i = 0; i < SHARDS; i++) {
            made.add(new BlockShard(ages));
        }
        shards = List.copyOf(made);
        hand = new EvictionHand(shards, ages);
    }

    int youngestAge() {
        return ages.youngest();
    }

    /** Goes on where an earlier run ended. */
    void startFrom(int youngestAge) {
        ages.startFrom(youngestAge);
        hand.startFrom(BlockAges.after(youngestAge));
    }

    /** The part that answers for this block, also for its place once it is taken out. */
    BlockShard shard(Fingerprint block) {
        return shards.get((int) block.low() & SHARDS - 1);
    }

    /** Pins the block at or after a position, without marking it as used; null when there is none. */
    @Nullable
    Placed pinNext(Position from) {
        int bucket = from.bucket();
        for (int shard = from.shard(); shard < SHARDS; shard++) {
            Placed found = shards.get(shard).pinNext(shard, bucket);
            if (found != null) {
                return found;
            }
            bucket = 0;
        }
        return null;
    }

    List<BlockShard> shards() {
        return shards;
    }

    /** Takes out the block that is to go next, of those at places that {@code mayGo} holds for; null when there is none. */
    @Nullable
    Entry nextVictim(LongPredicate mayGo) {
        return hand.next(mayGo);
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

    /** The index has about {@code rows} blocks, which are going to be loaded. */
    void startLoading(long rows) {
        shards.forEach(shard -> shard.startLoading(rows / SHARDS));
    }

    void endLoading() {
        shards.forEach(BlockShard::endLoading);
    }

    /** Native memory of all entries. */
    long bytes() {
        return shards.stream().mapToLong(BlockShard::bytes).sum();
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
