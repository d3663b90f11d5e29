package io.blockring.blockstore;

import io.blockring.blockstore.BlockIndex.Removal;
import io.blockring.blockstore.DatasetPolicy.Keep;
import io.blockring.blockstore.Segment.Kind;
import io.blockring.blockstore.Segment.Slot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way out of a disk tier: a block leaves the table, then the index, and its slot is free when nobody reads it.
 *
 * <p>Which block goes, of those that may, is the choice of {@link EvictionHand}. Where the file system cannot punch,
 * whole files are emptied, of which the one with most dead slots is the next.
 */
final class Reclaimer {
    private static final Logger log = LoggerFactory.getLogger(Reclaimer.class);

    /** How much is evicted at once, so that not every fill has to: a part of the room, within a limit. */
    private static final int BATCH_PART = 32;

    private static final long MOST_BATCH_BYTES = 64L << 20;
    private static final int MOST_VICTIMS = 64;

    private final BlockTable table;
    private final BlockIndex index;
    private final Segments segments;
    private final Capacity capacity;
    private final TierCounters counters;

    Reclaimer(BlockTable table, BlockIndex index, Segments segments, Capacity capacity, TierCounters counters) {
        this.table = table;
        this.index = index;
        this.segments = segments;
        this.capacity = capacity;
        this.counters = counters;
    }

    /** Whether it is time to evict ahead of the next fills. */
    boolean wantsBatch() {
        return capacity.limit() - capacity.used() < batchBytes() / 2;
    }

    /** Evicts until a batch is free, of what no policy keeps. */
    void evictBatch() {
        evict(Math.max(1, batchBytes() - (capacity.limit() - capacity.used())), Keep.AUTO);
    }

    /** Evicts at least {@code bytes}, and rather a batch, for a block that is kept in that way; returns how much it was. */
    long evictFor(Keep keep, long bytes) {
        return evictFor(keep, bytes, Math.max(bytes, batchBytes()));
    }

    /** Evicts at least {@code bytes}, and hardly more, for a block that is kept in that way; returns how much it was. */
    long evictExactlyFor(Keep keep, long bytes) {
        return evictFor(keep, bytes, bytes);
    }

    /** What is frozen goes only for what is not, as little of it as will do. */
    private long evictFor(Keep keep, long least, long wanted) {
        long freed = evict(wanted, Keep.AUTO);
        return freed < least && keep != Keep.FREEZE ? freed + evict(least - freed, Keep.FREEZE) : freed;
    }

    /** Evicts at least {@code wanted} bytes of a dataset's blocks, and hardly more; returns how much it was. */
    long evictOfDataset(int dataset, long wanted) {
        return evict(wanted, kind -> kind.dataset() == dataset);
    }

    /** The limit may be lower than it was in an earlier run; then nothing is kept for its policy. */
    void keepToLimit() {
        if (capacity.used() > capacity.limit()) {
            evict(capacity.used() - capacity.limit(), _ -> true);
        }
    }

    /** Evicts all blocks of that kind; returns the bytes that are free, or will be when their readers have gone. */
    long evictAllOf(Predicate<Kind> chosen) {
        return evictAll(table.removeAll(place -> chosen.test(segments.segmentAt(place).kind)));
    }

    /** Evicts what has expired; what is being read goes the next time. */
    void evictExpired() {
        Set<Integer> expired = new HashSet<>();
        for (Segment segment : segments.expired()) {
            segments.seal(segment);
            expired.add(segment.number);
        }
        if (!expired.isEmpty()) {
            long _ = evictAll(table.removeUnpinned(place -> expired.contains(segments.segmentAt(place).number)));
        }
    }

    private long batchBytes() {
        return Math.min(capacity.limit() / BATCH_PART, MOST_BATCH_BYTES);
    }

    private long evict(long wanted, Keep keep) {
        if (capacity.used(keep) == 0) {
            return 0; // the whole table would be gone through for nothing
        }
        return evict(wanted, kind -> capacity.keep(kind.dataset()) == keep);
    }

    private long evict(long wanted, Predicate<Kind> mayGo) {
        return segments.canPunch() ? evictByUse(wanted, mayGo) : evictBySegment(wanted, mayGo);
    }

    private long evictByUse(long wanted, Predicate<Kind> mayGo) {
        long freed = 0;
        var victims = new ArrayList<BlockTable.Entry>();
        while (freed < wanted) {
            long bytes = 0;
            while (freed + bytes < wanted && victims.size() < MOST_VICTIMS) {
                BlockTable.Entry victim = table.nextVictim(place -> mayGo.test(segments.segmentAt(place).kind));
                if (victim == null) {
                    break;
                }
                victims.add(victim);
                bytes += segments.slotAt(victim.place()).sizeClass().chargedBytes();
            }
            if (victims.isEmpty()) {
                break;
            }
            freed += evictAll(victims);
            victims.clear();
        }
        return freed;
    }

    private long evictBySegment(long wanted, Predicate<Kind> mayGo) {
        long before = capacity.used();
        for (Segment segment : segments.mostlyDead()) {
            if (mayGo.test(segment.kind)) {
                segments.seal(segment);
                evictAll(table.removeUnpinned(place -> (int) (place >>> Short.SIZE) == segment.number));
            }
            if (before - capacity.used() >= wanted) {
                return before - capacity.used();
            }
        }
        return evictByUse(wanted, mayGo); // what is left are small blocks
    }

    private long evictAll(List<BlockTable.Entry> entries) {
        long bytes = reclaim(entries);
        counters.evictedBlocks.add(entries.size());
        counters.evictedBytes.add(bytes);
        return bytes;
    }

    /** Evicts a block that has expired, if it is still there. */
    void expire(Fingerprint block, Slot slot) {
        if (table.shard(block).remove(block, slot.place())) {
            long _ = evictAll(List.of(new BlockTable.Entry(block, slot.place())));
        }
    }

    /** Takes the block out of the table, the index and its slot; false when somebody else did. */
    boolean discard(Fingerprint block, Slot slot) {
        if (!table.shard(block).remove(block, slot.place())) {
            return false;
        }
        reclaim(List.of(new BlockTable.Entry(block, slot.place())));
        return true;
    }

    /** The way out of blocks that are not in the table any more: the index forgets them, then their slots are free. */
    private long reclaim(List<BlockTable.Entry> entries) {
        if (entries.isEmpty()) {
            return 0;
        }
        var removals = entries.stream()
                .map(entry -> new Removal(
                        entry.block(),
                        segments.slotAt(entry.place()).sizeClass().inIndex()))
                .toList();
        try {
            index.deleteBlocks(removals);
        } catch (IOException e) {
            // A row may be left without its block, which the slot's header will tell.
            counters.diskErrors.increment();
            log.warn("{} blocks stay in the index although they are gone", entries.size(), e);
        }
        long bytes = 0;
        for (BlockTable.Entry entry : entries) {
            Slot slot = segments.slotAt(entry.place());
            bytes += slot.sizeClass().chargedBytes();
            if (table.shard(entry.block()).release(entry.block(), entry.place())) {
                segments.free(slot);
            }
        }
        return bytes;
    }
}
