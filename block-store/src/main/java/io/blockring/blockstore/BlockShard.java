package io.blockring.blockstore;

import io.blockring.block.BlockHash;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A part of {@link BlockTable}: an off-heap hash table with linear probing, and the pins of its blocks.
 *
 * <p>One lock, its monitor, guards all of it and is held for a probe, never during I/O. An entry:
 *
 * <pre>
 *  0  u64  hash, high half
 *  8  u64  hash, low half
 * 16  u48  place: segment and slot
 * 22  u8   1 = used since the hand came by, 2 = its bytes have proven to be whole
 * 23  u8   0 = empty, 1 = taken
 * </pre>
 */
final class BlockShard implements AutoCloseable {
    static final int ENTRY_BYTES = 24;

    private static final int INITIAL_BUCKETS = 32;
    private static final byte USED = 1;
    private static final byte PROVEN = 2;
    private static final long PLACE_MASK = (1L << 48) - 1;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    /** How often a place is open, and whether its block is gone from the table, so that the last one frees it. */
    private static final class Pins {
        int count;
        boolean doomed;
    }

    private final Map<Long, Pins> pins = new HashMap<>();
    /** Blocks between table and index: being written and not yet found, or not found any more and not yet deleted. */
    private final Set<BlockHash> busy = new HashSet<>();

    private Arena arena = Arena.ofShared();
    private MemorySegment entries = arena.allocate((long) INITIAL_BUCKETS * ENTRY_BYTES, Long.BYTES);
    private int buckets = INITIAL_BUCKETS;
    private int count;
    private int hand;

    /** Finds the block, marks it used and pins its place. */
    synchronized @Nullable Found pin(BlockHash hash) {
        int bucket = bucketOf(hash);
        if (bucket < 0) {
            return null;
        }
        byte flags = flags(bucket);
        setFlags(bucket, flags | USED);
        long place = place(bucket);
        pins.computeIfAbsent(place, _ -> new Pins()).count++;
        return new Found(place, (flags & USED) != 0, (flags & PROVEN) != 0);
    }

    /** Gives a pin back; true when the caller has to free the place. */
    synchronized boolean unpin(long place) {
        Pins held = pins.get(place);
        if (held == null) {
            throw new IllegalStateException("place " + place + " is not pinned");
        }
        if (--held.count > 0) {
            return false;
        }
        pins.remove(place);
        return held.doomed;
    }

    synchronized boolean contains(BlockHash hash) {
        return bucketOf(hash) >= 0;
    }

    /** Marks the block used, if it is there. */
    synchronized void touch(BlockHash hash) {
        int bucket = bucketOf(hash);
        if (bucket >= 0) {
            setFlags(bucket, flags(bucket) | USED);
        }
    }

    /** Keeps others from committing the block; false when it is there already, or on its way in or out. */
    synchronized boolean claim(BlockHash hash) {
        return bucketOf(hash) < 0 && busy.add(hash);
    }

    synchronized void unclaim(BlockHash hash) {
        busy.remove(hash);
    }

    /** Makes a claimed block one that is found. */
    synchronized void publish(BlockHash hash, long place) {
        busy.remove(hash);
        insert(hash, place, PROVEN);
    }

    /** Puts a block in that the index of an earlier run named; false when it is there. */
    synchronized boolean load(BlockHash hash, long place, boolean proven) {
        if (bucketOf(hash) >= 0) {
            return false;
        }
        insert(hash, place, proven ? PROVEN : 0);
        return true;
    }

    synchronized void markProven(BlockHash hash, long place) {
        int bucket = bucketOf(hash);
        if (bucket >= 0 && place(bucket) == place) {
            setFlags(bucket, flags(bucket) | PROVEN);
        }
    }

    /** Takes the block out, if it is still at that place. It stays claimed until {@link #release}. */
    synchronized boolean remove(BlockHash hash, long place) {
        int bucket = bucketOf(hash);
        if (bucket < 0 || place(bucket) != place) {
            return false;
        }
        takeOut(bucket);
        return true;
    }

    /** Says that the index has forgotten a block that was taken out; true when the caller has to free the place. */
    synchronized boolean release(BlockHash hash, long place) {
        busy.remove(hash);
        Pins held = pins.get(place);
        if (held != null) {
            held.doomed = true;
        }
        return held == null;
    }

    /** Moves the hand to the end of the table, or to the next block that was not used since it last came by. */
    synchronized BlockTable.@Nullable Entry nextVictim() {
        for (; hand < buckets; hand++) {
            if (isTaken(hand) && !pins.containsKey(place(hand))) {
                byte flags = flags(hand);
                if ((flags & USED) == 0) {
                    return takeOut(hand);
                }
                setFlags(hand, flags & ~USED);
            }
        }
        hand = 0;
        return null;
    }

    /** Takes out all blocks at places that {@code chosen} holds for. They stay claimed until {@link #release}. */
    synchronized List<BlockTable.Entry> removeAll(LongPredicate chosen) {
        var removed = new ArrayList<BlockTable.Entry>();
        int bucket = 0;
        while (bucket < buckets) {
            if (isTaken(bucket) && chosen.test(place(bucket))) {
                removed.add(takeOut(bucket)); // and look at what moved here
            } else {
                bucket++;
            }
        }
        return removed;
    }

    /** The same, but for blocks that are being read. */
    synchronized List<BlockTable.Entry> removeUnpinned(LongPredicate chosen) {
        return removeAll(place -> chosen.test(place) && !pins.containsKey(place));
    }

    synchronized void forEachPlace(LongConsumer visitor) {
        for (int bucket = 0; bucket < buckets; bucket++) {
            if (isTaken(bucket)) {
                visitor.accept(place(bucket));
            }
        }
    }

    synchronized int count() {
        return count;
    }

    synchronized int pinnedPlaces() {
        return pins.size();
    }

    /** Places of blocks that are gone from the table, but are still being read. */
    synchronized List<Long> doomedPlaces() {
        return pins.entrySet().stream()
                .filter(entry -> entry.getValue().doomed)
                .map(Map.Entry::getKey)
                .toList();
    }

    @Override
    public synchronized void close() {
        arena.close();
    }

    private void insert(BlockHash hash, long place, byte flags) {
        if ((count + 1) * 4L > buckets * 3L) {
            grow();
        }
        int bucket = home(hash.low());
        while (isTaken(bucket)) {
            bucket = bucket + 1 & buckets - 1;
        }
        long at = at(bucket);
        entries.set(LONG, at, hash.high());
        entries.set(LONG, at + 8, hash.low());
        entries.set(LONG, at + 16, place | (long) flags << 48 | 1L << 56);
        count++;
    }

    private BlockTable.Entry takeOut(int bucket) {
        var hash = new BlockHash(entries.get(LONG, at(bucket)), low(bucket));
        var entry = new BlockTable.Entry(hash, place(bucket));
        busy.add(hash);
        count--;
        int hole = bucket;
        for (int next = hole + 1 & buckets - 1; isTaken(next); next = next + 1 & buckets - 1) {
            int fromHome = next - home(low(next)) & buckets - 1;
            if (fromHome >= (next - hole & buckets - 1)) {
                MemorySegment.copy(entries, at(next), entries, at(hole), ENTRY_BYTES);
                hole = next;
            }
        }
        entries.asSlice(at(hole), ENTRY_BYTES).fill((byte) 0);
        return entry;
    }

    private void grow() {
        MemorySegment old = entries;
        Arena oldArena = arena;
        int oldBuckets = buckets;
        arena = Arena.ofShared();
        buckets *= 2;
        entries = arena.allocate((long) buckets * ENTRY_BYTES, Long.BYTES);
        for (int i = 0; i < oldBuckets; i++) {
            long from = (long) i * ENTRY_BYTES;
            if (old.get(LONG, from + 16) != 0) {
                int bucket = home(old.get(LONG, from + 8));
                while (isTaken(bucket)) {
                    bucket = bucket + 1 & buckets - 1;
                }
                MemorySegment.copy(old, from, entries, at(bucket), ENTRY_BYTES);
            }
        }
        oldArena.close();
    }

    /** Where the block is, or -1. */
    private int bucketOf(BlockHash hash) {
        int bucket = home(hash.low());
        while (isTaken(bucket)) {
            if (low(bucket) == hash.low() && entries.get(LONG, at(bucket)) == hash.high()) {
                return bucket;
            }
            bucket = bucket + 1 & buckets - 1;
        }
        return -1;
    }

    /** The ring gives a node blocks by their high half, so that the low half is spread evenly at every node. */
    private int home(long low) {
        return (int) (low >>> BlockTable.SHARD_BITS) & buckets - 1;
    }

    private long at(int bucket) {
        return (long) bucket * ENTRY_BYTES;
    }

    private boolean isTaken(int bucket) {
        return entries.get(BYTE, at(bucket) + 23) != 0;
    }

    private long low(int bucket) {
        return entries.get(LONG, at(bucket) + 8);
    }

    private long place(int bucket) {
        return entries.get(LONG, at(bucket) + 16) & PLACE_MASK;
    }

    private byte flags(int bucket) {
        return entries.get(BYTE, at(bucket) + 22);
    }

    private void setFlags(int bucket, int flags) {
        entries.set(BYTE, at(bucket) + 22, (byte) flags);
    }

    /** A block of the table, pinned. */
    record Found(long place, boolean usedBefore, boolean proven) {}
}
