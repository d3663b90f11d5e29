package io.blockring.blockstore;

import io.blockring.block.BlockChecksums;
import java.lang.foreign.MemorySegment;

/** A small block, copied out of the index: nothing is pinned. */
record IndexedBlock(SlotHeader header, MemorySegment copied) implements StoredBlock.InMemory {
    @Override
    public MemorySegment bytes() {
        return copied.asReadOnly();
    }

    @Override
    public int byteCount() {
        return header.byteCount();
    }

    @Override
    public int[] checksums() {
        return header.checksums().clone();
    }

    @Override
    public long generation() {
        return header.generation();
    }

    @Override
    public Tier tier() {
        return Tier.DISK;
    }

    @Override
    public boolean isIntact() {
        return BlockChecksums.firstBadUnit(copied, header.checksums(), 0) < 0;
    }

    @Override
    public void close() {
        // The garbage collector has the copy.
    }
}
