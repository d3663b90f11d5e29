package io.blockring.blockstore;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockKey;
import io.blockring.blockstore.NativeBuffers.Buffer;
import io.blockring.blockstore.Segment.Slot;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/** A fill of the disk tier: it has a slot and a buffer. */
final class DiskFill implements BlockFill {
    final Fingerprint block;
    final BlockKey key;
    final Slot slot;
    final Buffer pooled;
    private final DiskTier tier;
    private final MemorySegment buffer;
    private final long generation;
    private final AtomicBoolean closed = new AtomicBoolean();
    private boolean committed;

    DiskFill(DiskTier tier, Fingerprint block, BlockKey key, Slot slot, Buffer pooled, int byteCount, long generation) {
        this.tier = tier;
        this.block = block;
        this.key = key;
        this.slot = slot;
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
    public void commit(int[] checksums) throws IOException {
        if (checksums.length != BlockChecksums.unitCount((int) buffer.byteSize())) {
            throw new IllegalArgumentException(checksums.length + " checksums of " + buffer.byteSize() + " bytes");
        }
        if (committed || closed.get()) {
            throw new IllegalStateException("the fill of " + key + " has ended");
        }
        committed = tier.commit(this, checksums.clone());
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            tier.endFill(this, committed);
        }
    }
}
