package io.blockring.blockstore;

import java.nio.ByteBuffer;
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
 * A part of {@link BlockTable}: its blocks, and the pins of those that are being read.
 *
 * <p>One lock, its monitor, guards all of it and is held for a probe, never during I/O.
 */
final class BlockShard implements AutoCloseable {
    /** How often a place is open, and whether its block is gone from the table, so that the last one frees it. */
    private static final class Pins {
        int count;
        boolean doomed;
    }

    /** So many buckets are looked at under the lock for a victim. */
    private static final int MOST_BUCKETS_A_STEP = 4096;

    private final BlockAges ages;
    private final BlockEntries entries = new BlockEntries();
    private final Map<Long, Pins> pins = new HashMap<>();
    /** Blocks between table and index: being written and not yet found, or not found any more and not yet deleted. */
    private final Set<Fingerprint> busy = new HashSet<>();
    /** Blocks that have left the index while its rows are being loaded; null when they are not. */
    private @Nullable Set<Fingerprint> gone;

    BlockShard(BlockAges ages) {
        this.ages = ages;
    }

    /** Finds the block, marks it used and pins its place. */
    synchronized @Nullable Found pin(Fingerprint block) {
        int bucket = entries.find(block);
        if (bucket < 0) {
            return null;
        }
        long place = entries.place(bucket);
        var found = new Found(place, entries.has(bucket, BlockEntries.USED), entries.has(bucket, BlockEntries.PROVEN));
        use(bucket);
        pins.computeIfAbsent(place, _ -> new Pins()).count++;
        return found;
    }

    /** Pins the block in that bucket, or in the next one that has one, without marking it as used. */
    synchronized BlockTable.@Nullable Placed pinNext(int shard, int from) {
        for (int bucket = from; bucket < entries.buckets(); bucket++) {
            if (entries.isTaken(bucket)) {
                long place = entries.place(bucket);
                pins.computeIfAbsent(place, _ -> new Pins()).count++;
                return new BlockTable.Placed(
                        entries.fingerprint(bucket), place, new BlockTable.Position(shard, bucket));
            }
        }
        return null;
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

    synchronized boolean contains(Fingerprint block) {
        return entries.find(block) >= 0;
    }

    /** Marks the block used, if it is there. */
    synchronized void touch(Fingerprint block) {
        int bucket = entries.find(block);
        if (bucket >= 0) {
            use(bucket);
        }
    }

    /** Keeps others from committing the block; false when it is there already, or on its way in or out. */
    synchronized boolean claim(Fingerprint block) {
        return entries.find(block) < 0 && busy.add(block);
    }

    synchronized void unclaim(Fingerprint block) {
        busy.remove(block);
    }

    /** Makes a claimed block one that is found. */
    synchronized void publish(Fingerprint block, long place) {
        busy.remove(block);
        entries.insert(block, place, ages.add(), BlockEntries.PROVEN);
    }

    /** The index has about {@code rows} blocks of this part, which are going to be {@linkplain #load loaded}. */
    synchronized void startLoading(long rows) {
        gone = new HashSet<>();
        entries.expect(rows);
    }

    /**
     * Puts a block in that a row of the index names, unless it is there or was, since the loading started.
     *
     * @param slots takes the slot at a place; false when there is no such slot or it has another block
     * @return false when the row names no slot of its own
     */
    synchronized boolean load(Fingerprint block, long place, boolean proven, LongPredicate slots) {
        return load(block, place, BlockAges.UNKNOWN, proven ? BlockEntries.PROVEN : 0, slots);
    }

    /** Puts all entries in that {@link #entries} gave in the run before; returns those without a slot of their own. */
    synchronized List<Fingerprint> load(ByteBuffer copied, boolean proven, LongPredicate slots) {
        var homeless = new ArrayList<Fingerprint>();
        entries.expect(copied.remaining() / BlockEntries.ENTRY_BYTES);
        while (copied.hasRemaining()) {
            long low = copied.getLong();
            long word = copied.getLong();
            Fingerprint block = BlockEntries.copiedBlock(low, word);
            long flags = BlockEntries.copiedUse(word) | (proven ? BlockEntries.PROVEN : 0);
            if (!load(block, BlockEntries.copiedPlace(word), BlockEntries.copiedAge(word), flags, slots)) {
                homeless.add(block);
            }
        }
        return homeless;
    }

    /** A copy of all entries. */
    synchronized ByteBuffer entries() {
        return entries.copy();
    }

    synchronized void endLoading() {
        gone = null;
    }

    synchronized void markProven(Fingerprint block, long place) {
        int bucket = entries.find(block);
        if (bucket >= 0 && entries.place(bucket) == place) {
            entries.set(bucket, BlockEntries.PROVEN);
        }
    }

    /** Takes the block out, if it is still at that place. It stays claimed until {@link #release}. */
    synchronized boolean remove(Fingerprint block, long place) {
        int bucket = entries.find(block);
        if (bucket < 0 || entries.place(bucket) != place) {
            return false;
        }
        takeOut(bucket);
        return true;
    }

    /** Says that the index has forgotten a block that was taken out; true when the caller has to free the place. */
    synchronized boolean release(Fingerprint block, long place) {
        busy.remove(block);
        if (gone != null) {
            gone.add(block);
        }
        Pins held = pins.get(place);
        if (held != null) {
            held.doomed = true;
        }
        return held == null;
    }

    /**
     * Takes out the first block from a bucket on that is of these ages, is not being read, was not used since this last
     * came by, and may go. It stays claimed until {@link #release}.
     */
    synchronized EvictionHand.Step takeVictim(int from, EvictionHand.Span span, LongPredicate mayGo) {
        int end = Math.min(entries.buckets(), from + MOST_BUCKETS_A_STEP);
        for (int bucket = from; bucket < end; bucket++) {
            if (!entries.isTaken(bucket) || !span.holds(entries.age(bucket)) || !mayGo.test(entries.place(bucket))) {
                continue;
            }
            if (entries.has(bucket, BlockEntries.USED) && !ages.areByUse()) {
                entries.clear(bucket, BlockEntries.USED);
            } else if (!pins.containsKey(entries.place(bucket))) {
                return new EvictionHand.Step(takeOut(bucket), bucket);
            }
        }
        return new EvictionHand.Step(null, end < entries.buckets() ? end : -1);
    }

    /** Takes out all blocks at places that {@code chosen} holds for. They stay claimed until {@link #release}. */
    synchronized List<BlockTable.Entry> removeAll(LongPredicate chosen) {
        var removed = new ArrayList<BlockTable.Entry>();
        int bucket = 0;
        while (bucket < entries.buckets()) {
            if (entries.isTaken(bucket) && chosen.test(entries.place(bucket))) {
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
        for (int bucket = 0; bucket < entries.buckets(); bucket++) {
            if (entries.isTaken(bucket)) {
                visitor.accept(entries.place(bucket));
            }
        }
    }

    synchronized int count() {
        return entries.count();
    }

    synchronized long bytes() {
        return entries.bytes();
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
        entries.close();
    }

    private boolean load(Fingerprint block, long place, int age, long flags, LongPredicate slots) {
        boolean wasHere = busy.contains(block) || (gone != null && gone.contains(block));
        if (wasHere || entries.find(block) >= 0) {
            return true;
        }
        if (!slots.test(place)) {
            return false;
        }
        entries.insert(block, place, age, flags);
        ages.add(age);
        return true;
    }

    private void use(int bucket) {
        entries.set(bucket, BlockEntries.USED);
        if (ages.areByUse()) {
            int age = entries.age(bucket);
            int renewed = ages.renew(age);
            if (renewed != age) {
                entries.setAge(bucket, renewed);
            }
        }
    }

    private BlockTable.Entry takeOut(int bucket) {
        var entry = new BlockTable.Entry(entries.fingerprint(bucket), entries.place(bucket));
        busy.add(entry.block());
        ages.remove(entries.age(bucket));
        entries.remove(bucket);
        return entry;
    }

    /** A block of the table, pinned. */
    record Found(long place, boolean usedBefore, boolean proven) {}
}
