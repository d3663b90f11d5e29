package io.blockring.blockstore;

import io.blockring.blockstore.BlockIndex.Removal;
import io.blockring.blockstore.Segment.Slot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way out of a disk tier: a block leaves the table, then the index, and its slot is free when nobody reads it.
 *
 * <p>Evicted is what nobody used since the hand last came by. Where the file system cannot punch, whole files are
 * emptied, of which the one with most dead slots is the next.
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
    private final Room room;
    private final TierCounters counters;

    Reclaimer(BlockTable table, BlockIndex index, Segments segments, Room room, TierCounters counters) {
        this.table = table;
        this.index = index;
        this.segments = segments;
        this.room = room;
        this.counters = counters;
    }

    /** Whether it is time to evict ahead of the next fills. */
    boolean wantsBatch() {
        return room.limit() - room.used() < batchBytes() / 2;
    }

    /** Evicts until a batch is free. */
    void evictBatch() {
        evictExactly(Math.max(1, batchBytes() - (room.limit() - room.used())));
    }

    /** Evicts at least {@code bytes}, and a batch, if there is so much that nobody uses; returns how much it was. */
    long evict(long bytes) {
        return evictExactly(Math.max(bytes, batchBytes()));
    }

    private long batchBytes() {
        return Math.min(room.limit() / BATCH_PART, MOST_BATCH_BYTES);
    }

    /** Evicts at least {@code wanted} bytes, and hardly more; returns how much it was. */
    long evictExactly(long wanted) {
        return segments.canPunch() ? evictByUse(wanted) : evictBySegment(wanted);
    }

    /** The limit may be lower than it was in an earlier run. */
    void keepToLimit() {
        if (room.used() > room.limit()) {
            evict(room.used() - room.limit());
        }
    }

    private long evictByUse(long wanted) {
        long freed = 0;
        var victims = new ArrayList<BlockTable.Entry>();
        while (freed < wanted) {
            long bytes = 0;
            while (freed + bytes < wanted && victims.size() < MOST_VICTIMS) {
                BlockTable.Entry victim = table.nextVictim(_ -> true);
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

    private long evictBySegment(long wanted) {
        long before = room.used();
        for (Segment segment : segments.mostlyDead()) {
            segments.seal(segment);
            evictAll(table.removeUnpinned(place -> (int) (place >>> Short.SIZE) == segment.number));
            if (before - room.used() >= wanted) {
                return before - room.used();
            }
        }
        return evictByUse(wanted); // what is left are small blocks
    }

    /** Evicts all blocks of an owner; returns the bytes that are free, or will be when their readers have gone. */
    long evictOwner(int owner) {
        return evictAll(table.removeAll(place -> segments.ownerAt(place) == owner));
    }

    private long evictAll(List<BlockTable.Entry> entries) {
        long bytes = reclaim(entries);
        counters.evictedBlocks.add(entries.size());
        counters.evictedBytes.add(bytes);
        return bytes;
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
