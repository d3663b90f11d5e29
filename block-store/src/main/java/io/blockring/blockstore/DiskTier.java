package io.blockring.blockstore;

import io.blockring.block.BlockHash;
import io.blockring.block.BlockKey;
import io.blockring.block.BlockKeyCodec;
import io.blockring.blockstore.BlockIndex.BlockRow;
import io.blockring.blockstore.CacheFullException.Reason;
import io.blockring.blockstore.NativeBuffers.Buffer;
import io.blockring.blockstore.Segment.Kind;
import io.blockring.blockstore.Segment.Slot;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The blocks in one directory.
 *
 * <p>The index is a hint: a find reads the slot's header and compares the whole key, and the first find of a block that
 * was filled before the machine was started anew reads all bytes.
 */
final class DiskTier implements Scrubber.Blocks, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DiskTier.class);

    /** One part in so many of the directory, at most {@link #MOST_INDEX_LOGS_BYTES}, is kept for the index' logs. */
    private static final int INDEX_LOGS_PART = 16;

    private static final long MOST_INDEX_LOGS_BYTES = 64L << 20;

    private static final int RUN_SHIFT = 40;
    /** How long the eviction of a volume waits for the index to be loaded. */
    private static final Duration LOADING_PATIENCE = Duration.ofMinutes(2);

    private final CacheFolder folder;
    private final BlockIndex index;
    private final Capacity capacity;
    private final Segments segments;
    private final InstantSource clock;
    private final SlotFiles slotFiles;
    private final BlockTable table;
    private final TableCheckpoint checkpoint;
    private final IndexLoading loading;
    private final Reclaimer reclaimer;
    private final SpaceKeeper space;
    private final SlotAllocator allocator;
    private final NativeBuffers fillBuffers;
    private final TierCounters counters;
    private final AtomicLong generations;
    private final AtomicInteger fillsOpen = new AtomicInteger();

    private DiskTier(
            CacheFolder folder,
            BlockIndex index,
            BlockTable table,
            Capacity capacity,
            Segments segments,
            InstantSource clock,
            Reclaimer reclaimer,
            SpaceKeeper space,
            NativeBuffers fillBuffers,
            TierCounters counters) {
        this.folder = folder;
        this.index = index;
        this.table = table;
        this.capacity = capacity;
        this.segments = segments;
        this.clock = clock;
        slotFiles = new SlotFiles(index);
        checkpoint = new TableCheckpoint(folder.table());
        this.reclaimer = reclaimer;
        this.space = space;
        allocator = new SlotAllocator(segments, slotFiles, capacity, reclaimer, space, counters);
        loading = new IndexLoading(checkpoint, index, table, segments, reclaimer, counters);
        this.fillBuffers = fillBuffers;
        this.counters = counters;
        generations = new AtomicLong((long) index.run() << RUN_SHIFT);
    }

    static DiskTier open(
            CacheDirectory directory,
            BlockStoreSettings settings,
            StoreParts parts,
            NativeBuffers fillBuffers,
            TierCounters counters)
            throws IOException {
        CacheFolder folder = CacheFolder.open(directory.path());
        BlockIndex index = null;
        Segments segments = null;
        var table = new BlockTable(settings.eviction());
        DiskTier tier = null;
        try {
            index = parts.index().open(folder.index(), indexLogs(directory.bytes()));
            var capacity = new Capacity(directory.bytes() - indexLogs(directory.bytes()));
            segments = Segments.open(folder.slots(), parts.files(), index, capacity, parts.clock());
            var reclaimer = new Reclaimer(table, index, segments, capacity, counters);
            var space = new SpaceKeeper(
                    directory.path(), parts.space(), settings.leastFree(), parts.evictsAhead(), reclaimer);
            tier = new DiskTier(
                    folder, index, table, capacity, segments, parts.clock(), reclaimer, space, fillBuffers, counters);
            tier.load(parts.loadingPatience());
            return tier;
        } catch (IOException | RuntimeException e) {
            if (tier != null) {
                tier.loading.close();
            }
            table.close();
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
        var block = Fingerprint.of(hash);
        Slot slot = null;
        StoredBlock stored = null;
        try {
            BlockShard.Found found = pin(block);
            if (found != null) {
                slot = segments.slotAt(found.place());
                stored = readPinned(block, key, slot, found);
            }
            return stored;
        } catch (IOException e) {
            counters.diskErrors.increment();
            log.warn("block {} cannot be read", key, e);
            return null;
        } finally {
            if (slot != null && !(stored instanceof SlotBlock)) {
                unpin(block, slot);
            }
        }
    }

    boolean awaitLoaded(Duration patience) throws IOException {
        return loading.await(patience);
    }

    /** Marks a block as used that was found in a tier above. */
    void touch(BlockHash hash) {
        var block = Fingerprint.of(hash);
        table.shard(block).touch(block);
    }

    boolean contains(BlockHash hash) {
        var block = Fingerprint.of(hash);
        return table.shard(block).contains(block);
    }

    BlockFill reserve(BlockHash hash, BlockKey key, int dataset, int byteCount) throws CacheFullException {
        if (!loading.isComplete()) {
            throw new CacheFullException(Reason.LOADING, "the index of " + folder + " is still being loaded");
        }
        Buffer buffer = fillBuffers.take(byteCount);
        if (buffer == null) {
            throw new CacheFullException(Reason.NO_BUFFER, "all buffers for fills are in use");
        }
        Slot slot = null;
        try {
            slot = allocator.take(Owner.of(key), dataset, byteCount);
            fillsOpen.incrementAndGet();
            return new DiskFill(
                    this, Fingerprint.of(hash), key, slot, buffer, byteCount, generations.incrementAndGet());
        } finally {
            if (slot == null) {
                fillBuffers.give(buffer);
            }
        }
    }

    /** Makes a fill findable; false when the block is there already or on its way, and this fill is not needed. */
    boolean commit(DiskFill fill, int[] checksums) throws IOException {
        BlockShard shard = table.shard(fill.block);
        if (!shard.claim(fill.block)) {
            return false;
        }
        Slot slot = fill.slot;
        var header = new SlotHeader(
                BlockKeyCodec.encode(fill.key),
                fill.generation(),
                clock.millis(),
                (int) fill.buffer().byteSize(),
                checksums);
        try {
            byte[] indexed = slotFiles.write(slot, header, fill.buffer());
            index.putBlock(new BlockRow(fill.block, slot.place()), indexed);
        } catch (IOException | RuntimeException e) {
            counters.diskErrors.increment();
            shard.unclaim(fill.block);
            throw e;
        }
        shard.publish(fill.block, slot.place());
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
        var block = Fingerprint.of(hash);
        BlockShard.Found found = table.shard(block).pin(block);
        if (found == null) {
            return false;
        }
        Slot slot = segments.slotAt(found.place());
        try {
            SlotFiles.Stored stored = slotFiles.read(slot, block);
            boolean isAnother = stored != null
                    && stored.header().isFor(BlockKeyCodec.encode(key))
                    && stored.header().generation() != generation;
            return !isAnother && reclaimer.discard(block, slot);
        } catch (IOException e) {
            counters.diskErrors.increment();
            log.warn("block {} cannot be read; it is dropped", key, e);
            return reclaimer.discard(block, slot);
        } finally {
            unpin(block, slot);
        }
    }

    @Override
    public BlockTable.@Nullable Placed next(BlockTable.Position from) {
        return table.pinNext(from);
    }

    @Override
    public long check(BlockTable.Placed placed) {
        Slot slot = segments.slotAt(placed.place());
        try {
            if (!isWholeOnDevice(placed.block(), slot) && reclaimer.discard(placed.block(), slot)) {
                counters.corrupt.increment();
                log.warn("{}: a block in segment {} was found corrupt", folder, slot.segment().number);
            }
        } catch (IOException e) {
            counters.diskErrors.increment();
            log.warn("{}: a block cannot be checked", folder, e);
        } finally {
            unpin(placed.block(), slot);
        }
        return slot.sizeClass().chargedBytes();
    }

    /** Removes all blocks of that kind; returns the bytes that are free, or will be when their readers have gone. */
    long evictAllOf(Predicate<Kind> chosen) throws IOException {
        if (!loading.await(LOADING_PATIENCE)) {
            throw new IOException("the index of " + folder + " is still being loaded");
        }
        return reclaimer.evictAllOf(chosen);
    }

    void setPolicies(Map<Integer, DatasetPolicy> policies) {
        capacity.setPolicies(policies);
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

    void unpin(Fingerprint block, Slot slot) {
        if (table.shard(block).unpin(slot.place())) {
            segments.free(slot);
        }
    }

    long capacityBytes() {
        return capacity.limit();
    }

    long usedBytes() {
        return capacity.used();
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

    /** Native memory of the table. */
    long tableBytes() {
        return table.bytes();
    }

    Segments segments() {
        return segments;
    }

    /** Compares the counters with what they count; call it while nothing is going on. */
    void checkAccounting() {
        space.pauseFor(this::compareCounters);
    }

    private void compareCounters() {
        long chargedBytes = segments.chargedBytes();
        requireSum(segments.heldBy(Kind::owner), chargedBytes);
        requireSum(segments.heldBy(Kind::sizeClass), chargedBytes);
        requireSum(segments.heldBy(Kind::dataset), chargedBytes);
        segments.heldBy(Kind::dataset).forEach((dataset, held) -> {
            if (held.usedBytes() != capacity.used(dataset)) {
                throw new IllegalStateException(
                        "dataset " + dataset + " has " + held + ", counted are " + capacity.used(dataset) + " bytes");
            }
        });
        if (chargedBytes != capacity.used()) {
            throw new IllegalStateException("slots take " + chargedBytes + " bytes, counted are " + capacity.used());
        }
        if (capacity.used() > capacity.limit()) {
            throw new IllegalStateException(capacity.used() + " bytes are used of " + capacity.limit());
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

    private static void requireSum(Map<?, BlockStoreUsage.Held> parts, long bytes) {
        long sum = parts.values().stream()
                .mapToLong(BlockStoreUsage.Held::usedBytes)
                .sum();
        if (sum != bytes) {
            throw new IllegalStateException(parts.keySet() + " have " + sum + " bytes of " + bytes);
        }
    }

    /** The caller has seen to it that nothing is pinned or being filled, or has waited long enough. */
    @Override
    public void close() {
        loading.close();
        space.close();
        try {
            if (loading.isComplete()) {
                checkpoint.write(table, index.run());
                index.markClean();
            }
        } catch (IOException e) {
            log.warn("the index could not be closed in order; the next start looks for slots without a block", e);
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

    private void load(Duration patience) throws IOException {
        loading.whenComplete(space::start);
        loading.start(patience);
        if (loading.isComplete()) {
            log.info("{}: {} blocks of {} bytes", folder, table.count(), capacity.used());
        } else {
            log.info("{}: about {} blocks, which can be read; the index is being loaded", folder, index.blocks());
        }
    }

    private BlockShard.@Nullable Found pin(Fingerprint block) throws IOException {
        boolean allAreThere = loading.isComplete();
        BlockShard.Found found = table.shard(block).pin(block);
        return found == null && !allAreThere ? loading.loadAndPin(block) : found;
    }

    private @Nullable StoredBlock readPinned(Fingerprint block, BlockKey key, Slot slot, BlockShard.Found found)
            throws IOException {
        SlotFiles.Stored stored = slotFiles.read(slot, block);
        DatasetPolicy policy = capacity.policy(slot.segment().kind.dataset());
        if (stored != null && policy.hasExpired(stored.header().filledAtMillis(), clock.millis())) {
            reclaimer.expire(block, slot);
            return null;
        }
        if (stored == null || !stored.header().isFor(BlockKeyCodec.encode(key))) {
            if (reclaimer.discard(block, slot)) {
                (found.proven() ? counters.corrupt : counters.torn).increment();
            }
            return null;
        }
        StoredBlock read = stored.indexed() == null
                ? new SlotBlock(
                        this,
                        block,
                        slot,
                        stored.header(),
                        found.usedBefore() && policy.ttl().isZero())
                : new IndexedBlock(stored.header(), stored.indexed());
        boolean isSuspect = !found.proven() && stored.header().generation() >>> RUN_SHIFT <= index.suspectRun();
        if (isSuspect || slot.sizeClass().inIndex()) {
            if (!read.isIntact()) {
                if (reclaimer.discard(block, slot)) {
                    counters.corrupt.increment();
                }
                return null;
            }
        }
        if (!found.proven()) {
            table.shard(block).markProven(block, slot.place());
        }
        return read;
    }

    private boolean isWholeOnDevice(Fingerprint block, Slot slot) throws IOException {
        SlotFiles.Stored stored = slotFiles.read(slot, block);
        if (stored == null || !stored.header().fingerprint().equals(block)) {
            return false;
        }
        if (stored.indexed() != null) {
            return new IndexedBlock(stored.header(), stored.indexed()).isIntact();
        }
        var read = new SlotBlock(this, block, slot, stored.header(), false);
        if (read.isIntactOnDevice()) {
            return true;
        }
        return read.isIntactOnDevice(); // once more, for it may have failed on the way
    }

    private static long indexLogs(long bytes) {
        return Math.min(bytes / INDEX_LOGS_PART, MOST_INDEX_LOGS_BYTES);
    }
}
