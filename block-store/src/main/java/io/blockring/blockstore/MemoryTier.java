package io.blockring.blockstore;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockHash;
import io.blockring.block.BlockKey;
import io.blockring.blockstore.CacheFullException.Reason;
import io.blockring.blockstore.NativeBuffers.Buffer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The blocks in memory: those of the disk tier that are used again and again, or, in a store without a disk, all.
 *
 * <p>A find takes no lock: it looks into a concurrent map, counts itself as a holder and sets a bit. Eviction is a
 * CLOCK over the order of admission.
 */
final class MemoryTier implements AutoCloseable {
    /** How many blocks that are gone the clock may name before it is looked through for them. */
    private static final int CLOCK_SLACK = 64;

    private final NativeBuffers buffers;
    private final TierCounters counters;
    private final Map<BlockHash, MemoryBlock> blocks = new ConcurrentHashMap<>();
    private final AtomicLong generations = new AtomicLong();
    private final AtomicLong unlistedBytes = new AtomicLong();
    private final AtomicInteger readers = new AtomicInteger();
    private final long limit;

    /** The clock: the hand is at the front. Guarded by itself; may name blocks that are gone. */
    private final Deque<MemoryBlock> clock = new ArrayDeque<>();

    MemoryTier(long limit, TierCounters counters) {
        this.limit = limit;
        this.counters = counters;
        buffers = new NativeBuffers(limit);
    }

    StoredBlock.@Nullable InMemory find(BlockHash hash, BlockKey key) {
        MemoryBlock block = blocks.get(hash);
        if (block == null || !block.key.equals(key) || !block.hold()) {
            return null;
        }
        block.used = true;
        readers.incrementAndGet();
        return new Reading(block);
    }

    /** A fill of a store without a disk: its buffer becomes the block. */
    BlockFill reserve(BlockHash hash, BlockKey key, int byteCount) throws CacheFullException {
        Buffer buffer = takeBuffer(byteCount);
        if (buffer == null) {
            throw new CacheFullException(Reason.NO_ROOM, "all of the memory is being read or filled");
        }
        unlistedBytes.addAndGet(buffer.byteSize());
        return new Filling(hash, key, buffer, byteCount, generations.incrementAndGet());
    }

    /** Copies a block that is found again and again; {@code stillThere} says whether it may be kept. */
    void admit(BlockHash hash, BlockKey key, SlotBlock source, Predicate<BlockHash> stillThere) throws IOException {
        if (blocks.containsKey(hash) || NativeBuffers.sizeFor(source.byteCount()) > limit) {
            return;
        }
        Buffer buffer = takeBuffer(source.byteCount());
        if (buffer == null) {
            return;
        }
        unlistedBytes.addAndGet(buffer.byteSize());
        MemorySegment bytes = buffer.bytes().asSlice(0, source.byteCount());
        var block = new MemoryBlock(hash, key, source.generation(), source.checksums(), bytes, buffer);
        boolean listed = false;
        try {
            listed = source.readIntact(bytes) && list(block);
        } finally {
            if (!listed) {
                free(block);
            }
        }
        if (listed && !stillThere.test(hash)) {
            unlist(block);
        }
    }

    boolean drop(BlockHash hash, long generation) {
        MemoryBlock block = blocks.get(hash);
        return block != null && block.generation == generation && unlist(block);
    }

    /** Removes all blocks of an owner; returns the bytes that are free, or will be when their readers have gone. */
    long evictOwner(int owner) {
        long bytes = 0;
        for (MemoryBlock block : List.copyOf(blocks.values())) {
            if (Owner.of(block.key) == owner && unlist(block)) {
                bytes += countEvicted(block);
            }
        }
        return bytes;
    }

    /** What each owner has that can be found. */
    Map<Integer, BlockStoreUsage.Held> byOwner() {
        var sums = new HashMap<Integer, BlockStoreUsage.Held>();
        for (MemoryBlock block : blocks.values()) {
            var usage = new BlockStoreUsage.Held(block.pooled.byteSize(), 1);
            sums.merge(Owner.of(block.key), usage, BlockStoreUsage.Held::plus);
        }
        return sums;
    }

    BlockStoreUsage.TierUsage usage() {
        return new BlockStoreUsage.TierUsage(
                limit,
                buffers.takenBytes(),
                blocks.size(),
                counters.hits.sum(),
                counters.evictedBlocks.sum(),
                counters.evictedBytes.sum());
    }

    int readers() {
        return readers.get();
    }

    /** Compares the counters with what they count; call it while nothing is going on. */
    void checkAccounting() {
        long listed = blocks.values().stream()
                .mapToLong(block -> block.pooled.byteSize())
                .sum();
        if (listed + unlistedBytes.get() != buffers.takenBytes()) {
            throw new IllegalStateException("blocks in memory take " + listed + " bytes, fills and blocks being read "
                    + unlistedBytes + ", counted are " + buffers.takenBytes());
        }
        if (buffers.allocatedBytes() > limit) {
            throw new IllegalStateException(buffers.allocatedBytes() + " bytes of memory are used of " + limit);
        }
        synchronized (clock) {
            if (!clock.containsAll(blocks.values())) {
                throw new IllegalStateException("the clock has lost a block");
            }
        }
    }

    @Override
    public void close() {
        blocks.values().forEach(this::unlist);
        buffers.close();
    }

    /** A buffer, for which blocks are evicted if need be; null when all are in use. */
    private @Nullable Buffer takeBuffer(int byteCount) {
        Buffer buffer = buffers.take(byteCount);
        while (buffer == null && evictOne()) {
            buffer = buffers.take(byteCount);
        }
        return buffer;
    }

    private boolean evictOne() {
        MemoryBlock victim = nextVictim();
        if (victim == null) {
            return false;
        }
        if (unlist(victim)) {
            countEvicted(victim);
        }
        return true;
    }

    /** Turns the hand, at most twice around: the first time may find only blocks that were used. */
    private @Nullable MemoryBlock nextVictim() {
        synchronized (clock) {
            for (int steps = 2 * clock.size(); steps > 0 && !clock.isEmpty(); steps--) {
                MemoryBlock block = clock.remove();
                boolean isGone = blocks.get(block.hash) != block;
                if (!isGone && !block.used && !block.isHeldByReaders()) {
                    return block;
                }
                if (!isGone) {
                    block.used = false;
                    clock.add(block);
                }
            }
            return null;
        }
    }

    /** Lets the block be found, unless it already is. */
    private boolean list(MemoryBlock block) {
        synchronized (clock) {
            if (blocks.putIfAbsent(block.hash, block) != null) {
                return false;
            }
            clock.add(block);
            if (clock.size() > 2 * blocks.size() + CLOCK_SLACK) {
                clock.removeIf(old -> blocks.get(old.hash) != old);
            }
        }
        unlistedBytes.addAndGet(-block.pooled.byteSize());
        return true;
    }

    /** Lets the block be found no more; false when somebody else did. */
    private boolean unlist(MemoryBlock block) {
        if (!blocks.remove(block.hash, block)) {
            return false;
        }
        unlistedBytes.addAndGet(block.pooled.byteSize());
        letGo(block);
        return true;
    }

    private void letGo(MemoryBlock block) {
        if (block.letGo()) {
            free(block);
        }
    }

    private void free(MemoryBlock block) {
        unlistedBytes.addAndGet(-block.pooled.byteSize());
        buffers.give(block.pooled);
    }

    private long countEvicted(MemoryBlock block) {
        counters.evictedBlocks.increment();
        counters.evictedBytes.add(block.pooled.byteSize());
        return block.pooled.byteSize();
    }

    /** A reader's hold on a block. */
    private final class Reading implements StoredBlock.InMemory {
        private final MemoryBlock block;
        private final AtomicBoolean closed = new AtomicBoolean();

        Reading(MemoryBlock block) {
            this.block = block;
        }

        @Override
        public MemorySegment bytes() {
            return block.bytes;
        }

        @Override
        public int byteCount() {
            return (int) block.bytes.byteSize();
        }

        @Override
        public int[] checksums() {
            return block.checksums.clone();
        }

        @Override
        public long generation() {
            return block.generation;
        }

        @Override
        public Tier tier() {
            return Tier.MEMORY;
        }

        @Override
        public boolean isIntact() {
            return BlockChecksums.firstBadUnit(block.bytes, block.checksums, 0) < 0;
        }

        @Override
        public void close() {
            if (closed.compareAndSet(false, true)) {
                readers.decrementAndGet();
                letGo(block);
            }
        }
    }

    /** A fill whose buffer becomes the block. */
    private final class Filling implements BlockFill {
        private final BlockHash hash;
        private final BlockKey key;
        private final Buffer pooled;
        private final MemorySegment buffer;
        private final long generation;
        private final AtomicBoolean closed = new AtomicBoolean();
        private @Nullable MemoryBlock committed;

        Filling(BlockHash hash, BlockKey key, Buffer pooled, int byteCount, long generation) {
            this.hash = hash;
            this.key = key;
            this.pooled = pooled;
            this.generation = generation;
            buffer = pooled.bytes().asSlice(0, byteCount);
        }

        @Override
        public MemorySegment buffer() {
            return buffer;
        }

        @Override
        public long generation() {
            return generation;
        }

        @Override
        public void commit(int[] checksums) {
            if (checksums.length != BlockChecksums.unitCount((int) buffer.byteSize())) {
                throw new IllegalArgumentException(checksums.length + " checksums of " + buffer.byteSize() + " bytes");
            }
            if (committed != null || closed.get()) {
                throw new IllegalStateException("the fill of " + key + " has ended");
            }
            var block = new MemoryBlock(hash, key, generation, checksums.clone(), buffer, pooled);
            committed = block;
            block.hold(); // for the fill, until it is closed
            if (list(block)) {
                counters.fills.increment();
            } else {
                letGo(block); // for the tier
            }
        }

        @Override
        public void close() {
            if (!closed.compareAndSet(false, true)) {
                return;
            }
            if (committed != null) {
                letGo(committed);
            } else {
                unlistedBytes.addAndGet(-pooled.byteSize());
                buffers.give(pooled);
            }
        }
    }
}
