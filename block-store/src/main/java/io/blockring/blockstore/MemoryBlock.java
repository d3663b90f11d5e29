package io.blockring.blockstore;

import io.blockring.block.BlockHash;
import io.blockring.block.BlockKey;
import io.blockring.blockstore.NativeBuffers.Buffer;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/** A block in memory, with a count of its holders: the tier, its readers, its fill. The last one frees the buffer. */
final class MemoryBlock {
    final BlockHash hash;
    final BlockKey key;
    final long generation;
    final int[] checksums;
    final MemorySegment bytes;
    final Buffer pooled;
    /** Found since the hand of eviction last came by; a lost update costs one chance. */
    volatile boolean used;

    private final AtomicInteger holders = new AtomicInteger(1);

    MemoryBlock(BlockHash hash, BlockKey key, long generation, int[] checksums, MemorySegment bytes, Buffer pooled) {
        this.hash = hash;
        this.key = key;
        this.generation = generation;
        this.checksums = checksums;
        this.bytes = bytes.asReadOnly();
        this.pooled = pooled;
    }

    /** Becomes a holder; false when the buffer is already free. */
    boolean hold() {
        int before = holders.get();
        while (before > 0) {
            int seen = holders.compareAndExchange(before, before + 1);
            if (seen == before) {
                return true;
            }
            before = seen;
        }
        return false;
    }

    /** Ends being a holder; true for the last one, who frees the buffer. */
    boolean letGo() {
        return holders.decrementAndGet() == 0;
    }

    boolean isHeldByReaders() {
        return holders.get() > 1;
    }
}
