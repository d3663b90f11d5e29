package io.blockring.blockstore;

import io.blockring.block.BlockHash;
import io.blockring.block.BlockKey;
import io.blockring.block.BlockKeyCodec;
import io.blockring.blockstore.BlockIndex.BlockRow;
import io.blockring.blockstore.BlockIndex.Removal;
import io.blockring.blockstore.CacheFullException.Reason;
import io.blockring.blockstore.NativeBuffers.Buffer;
import io.blockring.blockstore.Segment.Slot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blocks in one directory.
 *
 * <p>The index is a hint: a find reads the slot's header and compares the whole key, and the first find after a run
 * that did not end in order, or after a boot of the machine, reads all bytes.
 */
final class DiskTier implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DiskTier.class);

    /** One part in so many of the directory, at most {@link #MOST_INDEX_LOGS_BYTES}, is kept for the index' logs. */
    private static final int INDEX_LOGS_PART = 16;

    private static final long MOST_INDEX_LOGS_BYTES = 64L << 20;
    /** And one part in so many for its rows: 128 bytes for a block of 512 KiB. */
    private static final int INDEX_ROWS_PART = 4096;

    private static final int EVICTION_ROUNDS = 16;
    private static final int RUN_SHIFT = 40;

    private final CacheFolder folder;
    private final BlockIndex index;
    private final Room room;
    private final Segments segments;
    private final SlotFiles slotFiles;
    private final BlockTable table = new BlockTable();
    private final Reclaimer reclaimer;
    private final NativeBuffers fillBuffers;
    private final TierCounters counters;
    private final AtomicLong generations;
    private final AtomicInteger fillsOpen = new AtomicInteger();

    private DiskTier(
            CacheFolder folder,
            BlockIndex index,
            Room room,
            Segments segments,
            NativeBuffers fillBuffers,
            TierCounters counters) {
        this.folder = folder;
        this.index = index;
        this.room = room;
        this.segments = segments;
        slotFiles = new SlotFiles(index);
        reclaimer = new Reclaimer(table, index, segments, room, counters);
        this.fillBuffers = fillBuffers;
        this.counters = counters;
        generations = new AtomicLong((long) index.run() << RUN_SHIFT);
    }

    static DiskTier open(CacheDirectory directory, StoreParts parts, NativeBuffers fillBuffers, TierCounters counters)
            throws IOException {
        CacheFolder folder = CacheFolder.open(directory.path());
        BlockIndex index = null;
        Segments segments = null;
        DiskTier tier = null;
        try {
            index = parts.index().open(folder.index(), indexLogs(directory.bytes()));
            var room = new Room(directory.bytes() - indexLogs(directory.bytes()) - directory.bytes() / INDEX_ROWS_PART);
            segments = Segments.open(folder.slots(), parts.files(), index, room);
            tier = new DiskTier(folder, index, room, segments, fillBuffers, counters);
            tier.load();
            return tier;
        } catch (IOException | RuntimeException e) {
            if (tier != null) {
                tier.table.close();
            }
            if (segments != null) {
                segments.close();
            }
            if (index != null) {
                index.close();
            }
            folder.close();
            throw e;
        }
    }

    /** The block, pinned, or null. */
    @Nullable
    StoredBlock find(BlockHash hash, BlockKey key) {
        BlockShard shard = table.shard(hash);
        BlockShard.Found found = shard.pin(hash);
        if (found == null) {
            return null;
        }
        Slot slot = segments.slotAt(found.place());
        StoredBlock block = null;
        try {
            block = readPinned(hash, key, slot, found);
            return block;
        } catch (IOException e) {
            counters.diskErrors.increment();
            log.warn("block {} cannot be read", key, e);
            return null;
        } finally {
            if (!(block instanceof SlotBlock)) {
                unpin(hash, slot);
            }
        }
    }

    /** Marks a block as used that was found in a tier above. */
    void touch(BlockHash hash) {
        table.shard(hash).touch(hash);
    }

    boolean contains(BlockHash hash) {
        return table.shard(hash).contains(hash);
    }

    BlockFill reserve(BlockHash hash, BlockKey key, int byteCount) throws CacheFullException {
        SizeClass sizeClass = SizeClass.of(byteCount);
        Buffer buffer = fillBuffers.take(byteCount);
        if (buffer == null) {
            throw new CacheFullException(Reason.NO_BUFFER, "all buffers for fills are in use");
        }
        Slot slot = null;
        try {
            takeRoom(sizeClass.chargedBytes());
            slot = takeSlot(Owner.of(key), sizeClass, byteCount);
            fillsOpen.incrementAndGet();
            return new DiskFill(this, hash, key, slot, buffer, byteCount, generations.incrementAndGet());
        } finally {
            if (slot == null) {
                fillBuffers.give(buffer);
            }
        }
    }

    /** Makes a fill findable; false when the block is there already or on its way, and this fill is not needed. */
    boolean commit(DiskFill fill, int[] checksums) throws IOException {
        BlockShard shard = table.shard(fill.hash);
        if (!shard.claim(fill.hash)) {
            return false;
        }
        Slot slot = fill.slot;
        var header = new SlotHeader(
                BlockKeyCodec.encode(fill.key),
                fill.generation(),
                System.currentTimeMillis(),
                (int) fill.buffer().byteSize(),
                checksums);
        try {
            byte[] indexed = slotFiles.write(slot, header, fill.buffer());
            index.putBlock(new BlockRow(fill.hash, slot.place()), indexed);
        } catch (IOException | RuntimeException e) {
            counters.diskErrors.increment();
            shard.unclaim(fill.hash);
            throw e;
        }
        shard.publish(fill.hash, slot.place());
        fillsOpen.decrementAndGet();
        counters.fills.increment();
        return true;
    }

    /** Ends a fill, whose slot is not used if it was not committed. */
    void endFill(DiskFill fill, boolean committed) {
        fillBuffers.give(fill.pooled);
        if (!committed) {
            fillsOpen.decrementAndGet();
            segments.free(fill.slot);
        }
    }

    /** Frees the block if it is still the one of that fill; false when it is not. */
    boolean drop(BlockHash hash, BlockKey key, long generation) {
        BlockShard shard = table.shard(hash);
        BlockShard.Found found = shard.pin(hash);
        if (found == null) {
            return false;
        }
        Slot slot = segments.slotAt(found.place());
        try {
            SlotFiles.Stored stored = slotFiles.read(slot, hash);
            boolean isAnother = stored != null
                    && stored.header().isFor(BlockKeyCodec.encode(key))
                    && stored.header().generation() != generation;
            return !isAnother && reclaimer.discard(hash, slot);
        } catch (IOException e) {
            counters.diskErrors.increment();
            log.warn("block {} cannot be read; it is dropped", key, e);
            return reclaimer.discard(hash, slot);
        } finally {
            unpin(hash, slot);
        }
    }

    /** Removes all blocks of an owner; returns the bytes that are free, or will be when their readers have gone. */
    long evictOwner(int owner) {
        return reclaimer.evictOwner(owner);
    }

    @Nullable
    DiskPlace locate(BlockHash hash, BlockKey key) {
        try (StoredBlock block = find(hash, key)) {
            return block instanceof SlotBlock inSlot
                    ? new DiskPlace(
                            segments.fileOf(inSlot.slot().segment().number), inSlot.fileOffset(), inSlot.byteCount())
                    : null;
        }
    }

    void unpin(BlockHash hash, Slot slot) {
        if (table.shard(hash).unpin(slot.place())) {
            segments.free(slot);
        }
    }

    long capacityBytes() {
        return room.limit();
    }

    long usedBytes() {
        return room.used();
    }

    long blocks() {
        return table.count();
    }

    int pinnedPlaces() {
        return table.pinnedPlaces();
    }

    int fillsOpen() {
        return fillsOpen.get();
    }

    long indexBytes() throws IOException {
        return index.fileBytes();
    }

    Segments segments() {
        return segments;
    }

    /** Compares the counters with what they count; call it while nothing is going on. */
    void checkAccounting() {
        long chargedBytes = segments.chargedBytes();
        if (chargedBytes != room.used()) {
            throw new IllegalStateException("slots take " + chargedBytes + " bytes, counted are " + room.used());
        }
        if (room.used() > room.limit()) {
            throw new IllegalStateException(room.used() + " bytes are used of " + room.limit());
        }
        long named = table.count() + table.doomedPlaces().size() + fillsOpen.get();
        if (named != segments.usedSlots()) {
            throw new IllegalStateException(segments.usedSlots() + " slots are used, and " + named + " have a use");
        }
        table.forEachPlace(place -> {
            if (!segments.isUsed(place)) {
                throw new IllegalStateException("a block is in slot " + place + ", which is free");
            }
        });
    }

    /** The caller has seen to it that nothing is pinned or being filled, or has waited long enough. */
    @Override
    public void close() {
        try {
            index.markClean();
        } catch (IOException e) {
            log.warn("the index could not be closed in order; blocks will be checked at their first use", e);
        }
        segments.close();
        index.close();
        table.close();
        try {
            folder.close();
        } catch (IOException e) {
            log.warn("the cache directory's lock was not closed in order", e);
        }
    }

    private void load() throws IOException {
        boolean proven = index.wasClosedCleanly();
        var homeless = new ArrayList<Removal>();
        index.forEachBlock(row -> {
            Slot slot = segments.takeLoaded(row.place());
            if (slot == null) {
                homeless.add(new Removal(row.hash(), true));
            } else {
                table.shard(row.hash()).load(row.hash(), row.place(), proven);
            }
        });
        if (!homeless.isEmpty()) {
            counters.torn.add(homeless.size());
            index.deleteBlocks(homeless);
        }
        segments.endLoading(!proven);
        log.info("{}: {} blocks of {} bytes", folder, table.count(), room.used());
        // The limit may be lower than it was.
        if (room.used() > room.limit()) {
            reclaimer.evict(room.used() - room.limit());
        }
    }

    private @Nullable StoredBlock readPinned(BlockHash hash, BlockKey key, Slot slot, BlockShard.Found found)
            throws IOException {
        SlotFiles.Stored stored = slotFiles.read(slot, hash);
        if (stored == null || !stored.header().isFor(BlockKeyCodec.encode(key))) {
            if (reclaimer.discard(hash, slot)) {
                (found.proven() ? counters.corrupt : counters.torn).increment();
            }
            return null;
        }
        StoredBlock block = stored.indexed() == null
                ? new SlotBlock(this, hash, slot, stored.header(), found.usedBefore())
                : new IndexedBlock(stored.header(), stored.indexed());
        if (!found.proven() || slot.sizeClass().inIndex()) {
            if (!block.isIntact()) {
                if (reclaimer.discard(hash, slot)) {
                    counters.corrupt.increment();
                }
                return null;
            }
            table.shard(hash).markProven(hash, slot.place());
        }
        return block;
    }

    private void takeRoom(long bytes) throws CacheFullException {
        if (bytes > room.limit()) {
            throw new CacheFullException(Reason.NO_ROOM, "a block of " + bytes + " bytes is larger than the cache");
        }
        for (int round = 0; round < EVICTION_ROUNDS; round++) {
            if (room.tryTake(bytes)) {
                return;
            }
            reclaimer.evict(bytes);
        }
        throw new CacheFullException(Reason.NO_ROOM, "all blocks are being read or filled");
    }

    private Slot takeSlot(int owner, SizeClass sizeClass, int byteCount) throws CacheFullException {
        Slot slot = null;
        try {
            slot = segments.take(owner, sizeClass);
            allocate(slot, byteCount);
            return slot;
        } catch (IOException e) {
            counters.diskErrors.increment();
            if (slot != null) {
                segments.free(slot);
            } else {
                room.give(sizeClass.chargedBytes());
            }
            throw new CacheFullException(Reason.DISK, "no slot on disk: " + e.getMessage(), e);
        }
    }

    /** The disk may be fuller than our limit knows, for it is shared: then some blocks go, once. */
    private void allocate(Slot slot, int byteCount) throws IOException {
        if (slot.sizeClass().inIndex()) {
            return;
        }
        try {
            slotFiles.allocate(slot, byteCount);
        } catch (SegmentFile.OutOfSpaceException e) {
            if (reclaimer.evict(slot.sizeClass().chargedBytes()) == 0) {
                throw e;
            }
            slotFiles.allocate(slot, byteCount);
        }
    }

    private static long indexLogs(long bytes) {
        return Math.min(bytes / INDEX_LOGS_PART, MOST_INDEX_LOGS_BYTES);
    }
}
