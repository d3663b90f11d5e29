package io.blockring.blockstore;

import io.blockring.block.BlockHash;
import io.blockring.block.BlockKey;
import io.blockring.blockstore.BlockStoreUsage.TierUsage;
import io.blockring.blockstore.CacheFullException.Reason;
import io.blockring.blockstore.Segment.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps blocks on this machine, in memory and on disk, within its limits.
 *
 * <p>A block is found whole or not at all. What is found stays where it is until it is closed; what is not being read
 * may be gone at any time. Safe for many threads.
 *
 * <p>A find in memory takes no lock but one of the disk tier's to mark the block used there; a find on disk takes that
 * lock twice, for as long as a probe of a hash table, and reads one page.
 */
public final class BlockStore implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BlockStore.class);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);
    private static final Duration CLOSE_POLL = Duration.ofMillis(1);
    private static final int WAITING_PROMOTIONS = 32;
    private static final int MOST_DATASETS = 4096;

    private final MemoryTier memory;
    private final List<DiskTier> disks;
    private final DirectoryChoice choice;
    private final NativeBuffers fillBuffers;
    private final TierCounters memoryCounters;
    private final TierCounters diskCounters;
    private final LongAdder misses = new LongAdder();
    private final Executor promotions;
    private final Set<BlockHash> promoting = ConcurrentHashMap.newKeySet();
    private final boolean hasMemory;
    private final List<Scrubber> scrubbers = new CopyOnWriteArrayList<>();
    private volatile Map<Integer, DatasetPolicy> policies = Map.of();
    private volatile boolean closed;

    private BlockStore(
            BlockStoreSettings settings,
            List<DiskTier> disks,
            NativeBuffers fillBuffers,
            TierCounters diskCounters,
            Executor promotions) {
        memoryCounters = new TierCounters();
        memory = new MemoryTier(settings.memoryBytes(), memoryCounters);
        hasMemory = settings.memoryBytes() > 0;
        this.disks = List.copyOf(disks);
        choice = new DirectoryChoice(
                settings.directories().stream().map(CacheDirectory::bytes).toList());
        this.fillBuffers = fillBuffers;
        this.diskCounters = diskCounters;
        this.promotions = promotions;
    }

    /**
     * Opens the directories with the blocks they have, or makes them. Blocks are found at once; where there are many,
     * fills are refused for a while ({@link CacheFullException.Reason#LOADING}).
     *
     * @throws IOException a directory is in use by another process, has another format or cannot be read
     */
    public static BlockStore open(BlockStoreSettings settings) throws IOException {
        return open(settings, StoreParts.real(promotionThread()));
    }

    static BlockStore open(BlockStoreSettings settings, StoreParts parts) throws IOException {
        var fillBuffers = new NativeBuffers(settings.fillBytes());
        var counters = new TierCounters();
        var disks = new ArrayList<DiskTier>();
        try {
            for (CacheDirectory directory : settings.directories()) {
                disks.add(DiskTier.open(directory, settings, parts, fillBuffers, counters));
            }
        } catch (IOException | RuntimeException e) {
            disks.forEach(DiskTier::close);
            throw e;
        }
        return new BlockStore(settings, disks, fillBuffers, counters, parts.promotions());
    }

    /** The block, pinned until it is closed; null when it is not here. */
    public @Nullable StoredBlock find(BlockKey key) {
        requireOpen();
        BlockHash hash = key.hash();
        StoredBlock inMemory = memory.find(hash, key);
        if (inMemory != null) {
            if (!disks.isEmpty()) {
                diskOf(hash).touch(hash);
            }
            memoryCounters.hits.increment();
            return inMemory;
        }
        StoredBlock onDisk = disks.isEmpty() ? null : diskOf(hash).find(hash, key);
        (onDisk == null ? misses : diskCounters.hits).increment();
        if (hasMemory && onDisk instanceof SlotBlock inSlot && inSlot.isWantedInMemory()) {
            promote(hash, key);
        }
        return onDisk;
    }

    /**
     * From now on these are the policies of datasets, by their ids above zero; of all others it is
     * {@link DatasetPolicy#AUTO}. In a store without directories only {@link DatasetPolicy.Keep#ONCE} has a meaning. They
     * are not kept for the next run.
     *
     * @throws IllegalArgumentException there are more than {@value #MOST_DATASETS}
     */
    public void setPolicies(Map<Integer, DatasetPolicy> newPolicies) {
        requireOpen();
        if (newPolicies.size() > MOST_DATASETS || newPolicies.keySet().stream().anyMatch(id -> id <= 0)) {
            throw new IllegalArgumentException("no policies for such datasets: " + newPolicies.keySet());
        }
        policies = Map.copyOf(newPolicies);
        long bytes = disks.stream().mapToLong(DiskTier::capacityBytes).sum();
        for (DiskTier disk : disks) {
            double part = (double) disk.capacityBytes() / bytes;
            var ofPart = new HashMap<Integer, DatasetPolicy>();
            newPolicies.forEach((dataset, policy) -> ofPart.put(dataset, policy.forPart(part)));
            disk.setPolicies(Map.copyOf(ofPart));
        }
    }

    /** Reserves room for a block that belongs to no dataset, as {@link #reserve(BlockKey, int, int)} does. */
    public BlockFill reserve(BlockKey key, int byteCount) throws CacheFullException {
        return reserve(key, byteCount, Capacity.NO_DATASET);
    }

    /**
     * Reserves room for a block that is about to be filled, by evicting others if need be and its policy says so.
     *
     * @param dataset whose the block will be; one without a policy means none
     * @throws CacheFullException there is no room now
     */
    public BlockFill reserve(BlockKey key, int byteCount, int dataset) throws CacheFullException {
        requireOpen();
        boolean hasOtherLength = key.form() == BlockKey.Form.PLAIN && byteCount != key.plainBytes();
        if (byteCount <= 0 || hasOtherLength) {
            throw new IllegalArgumentException("no such block: " + key + " of " + byteCount + " bytes");
        }
        BlockHash hash = key.hash();
        if (!disks.isEmpty()) {
            return diskOf(hash).reserve(hash, key, dataset, byteCount);
        }
        if (policies.getOrDefault(dataset, DatasetPolicy.AUTO).keep() == DatasetPolicy.Keep.ONCE) {
            throw new CacheFullException(Reason.POLICY, "blocks of dataset " + dataset + " are not kept");
        }
        return memory.reserve(hash, key, byteCount);
    }

    /** Frees a block whose bytes turned out to be wrong, unless it was filled again since; counted as corrupt. */
    public void drop(BlockKey key, long generation) {
        requireOpen();
        BlockHash hash = key.hash();
        boolean wasOnDisk = !disks.isEmpty() && diskOf(hash).drop(hash, key, generation);
        boolean wasInMemory = memory.drop(hash, generation);
        if (wasOnDisk || wasInMemory) {
            diskCounters.corrupt.increment();
        }
    }

    /**
     * Removes all blocks of a volume; fills that are in progress are kept.
     *
     * @return bytes of memory and disk that are free now, or will be when the last reader of a block has gone
     * @throws IOException a directory was opened a moment ago and its blocks are not all known yet
     */
    public long evictVolume(int volumeId) throws IOException {
        return evictAllOf(kind -> kind.owner() == volumeId) + memory.evictOwner(volumeId);
    }

    /** Removes all blocks on disk of a dataset, as {@link #evictVolume} does. */
    public long evictDataset(int dataset) throws IOException {
        return evictAllOf(kind -> kind.dataset() == dataset);
    }

    private long evictAllOf(Predicate<Kind> chosen) throws IOException {
        requireOpen();
        long bytes = 0;
        for (DiskTier disk : disks) {
            bytes += disk.evictAllOf(chosen);
        }
        return bytes;
    }

    /** Where on disk the block's bytes are; null when it is not in a slot. */
    public @Nullable DiskPlace locate(BlockKey key) {
        requireOpen();
        BlockHash hash = key.hash();
        return disks.isEmpty() ? null : diskOf(hash).locate(hash, key);
    }

    /**
     * Checks the blocks on disk from now on, in the background, and frees those that are corrupt.
     *
     * @param bytesPerSecond how much is read of each directory at most; above zero
     */
    public void startScrubbing(long bytesPerSecond) {
        requireOpen();
        if (bytesPerSecond <= 0 || !scrubbers.isEmpty()) {
            throw new IllegalArgumentException("blocks cannot be checked at " + bytesPerSecond + " bytes/s, or are");
        }
        for (DiskTier disk : disks) {
            var scrubber = new Scrubber(disk, bytesPerSecond);
            scrubbers.add(scrubber);
            scrubber.start();
        }
    }

    /**
     * Waits until the blocks of earlier runs are all known and others can be filled.
     *
     * @return false when they are not yet
     * @throws IOException an index cannot be read
     */
    public boolean awaitLoaded(Duration patience) throws IOException {
        requireOpen();
        long deadline = System.nanoTime() + patience.toNanos();
        for (DiskTier disk : disks) {
            if (!disk.awaitLoaded(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())))) {
                return false;
            }
        }
        return true;
    }

    /** What the store holds now and what has happened to it. */
    public BlockStoreUsage usage() {
        requireOpen();
        var volumes = new HashMap<Integer, BlockStoreUsage.Held>();
        var datasets = new HashMap<Integer, BlockStoreUsage.Held>();
        disks.forEach(disk -> merge(volumes, disk.segments().heldBy(Kind::owner)));
        disks.forEach(disk -> merge(datasets, disk.segments().heldBy(Kind::dataset)));
        if (disks.isEmpty()) {
            merge(volumes, memory.byOwner());
        }
        return new BlockStoreUsage(
                memory.usage(),
                diskUsage(),
                fillBuffers.takenBytes(),
                indexBytes(),
                disks.stream().mapToLong(DiskTier::tableBytes).sum(),
                volumes,
                datasets,
                misses.sum(),
                memoryCounters.fills.sum() + diskCounters.fills.sum(),
                diskCounters.corrupt.sum(),
                diskCounters.torn.sum(),
                diskCounters.diskErrors.sum(),
                scrubbers.stream()
                        .map(Scrubber::usage)
                        .reduce(BlockStoreUsage.ScrubUsage.NONE, BlockStoreUsage.ScrubUsage::plus));
    }

    /**
     * Compares all counters with what they count, for tests; nothing else may be going on.
     *
     * @throws IllegalStateException a counter is wrong
     */
    public void checkAccounting() {
        memory.checkAccounting();
        disks.forEach(DiskTier::checkAccounting);
    }

    /** Waits some seconds for readers and fills to end, and closes what there is. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        scrubbers.forEach(Scrubber::close);
        if (promotions instanceof ExecutorService service) {
            service.shutdown();
        }
        long deadline = System.nanoTime() + CLOSE_PATIENCE.toNanos();
        while (isInUse() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(CLOSE_POLL.toNanos());
        }
        if (isInUse()) {
            log.warn("blocks are still being read or filled while the store is closed");
        }
        memory.close();
        disks.forEach(DiskTier::close);
        fillBuffers.close();
    }

    private DiskTier diskOf(BlockHash hash) {
        return disks.get(choice.of(hash));
    }

    boolean isInUse() {
        return !promoting.isEmpty()
                || memory.readers() > 0
                || disks.stream().anyMatch(disk -> disk.pinnedPlaces() > 0 || disk.fillsOpen() > 0);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the block store is closed");
        }
    }

    /** Copies the block into memory, soon, if it is not too much. */
    private void promote(BlockHash hash, BlockKey key) {
        if (!promoting.add(hash)) {
            return;
        }
        try {
            promotions.execute(() -> admit(hash, key));
        } catch (RejectedExecutionException _) {
            promoting.remove(hash); // enough of them are waiting: the next find may have more luck
        }
    }

    private void admit(BlockHash hash, BlockKey key) {
        DiskTier disk = diskOf(hash);
        try (StoredBlock block = disk.find(hash, key)) {
            if (block instanceof SlotBlock inSlot) {
                memory.admit(hash, key, inSlot, disk::contains);
            }
        } catch (IOException e) {
            diskCounters.diskErrors.increment();
            log.warn("block {} cannot be read", key, e);
        } finally {
            promoting.remove(hash);
        }
    }

    private TierUsage diskUsage() {
        return new TierUsage(
                disks.stream().mapToLong(DiskTier::capacityBytes).sum(),
                disks.stream().mapToLong(DiskTier::usedBytes).sum(),
                disks.stream().mapToLong(DiskTier::blocks).sum(),
                diskCounters.hits.sum(),
                diskCounters.evictedBlocks.sum(),
                diskCounters.evictedBytes.sum());
    }

    private long indexBytes() {
        try {
            long bytes = 0;
            for (DiskTier disk : disks) {
                bytes += disk.indexBytes();
            }
            return bytes;
        } catch (IOException e) {
            log.warn("the size of the index is not known", e);
            return 0;
        }
    }

    private static void merge(Map<Integer, BlockStoreUsage.Held> into, Map<Integer, BlockStoreUsage.Held> from) {
        from.forEach((owner, usage) -> into.merge(owner, usage, BlockStoreUsage.Held::plus));
    }

    private static ExecutorService promotionThread() {
        return new ThreadPoolExecutor(
                0,
                1,
                1,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING_PROMOTIONS),
                Thread.ofPlatform().name("block-promotion").daemon().factory());
    }
}
