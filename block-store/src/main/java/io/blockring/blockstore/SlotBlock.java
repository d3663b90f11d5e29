package io.blockring.blockstore;

import io.blockring.block.BlockChecksums;
import io.blockring.blockstore.Segment.Slot;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.concurrent.atomic.AtomicBoolean;

/** A block in a slot, pinned. */
final class SlotBlock implements StoredBlock.OnDisk {
    /** How much is read at once to check the bytes: some whole units. */
    private static final int CHECK_BYTES = 8 * BlockChecksums.UNIT_BYTES;

    /** The same past the page cache. */
    private static final int DEVICE_CHECK_BYTES = 32 * BlockChecksums.UNIT_BYTES;

    private static final int PAGE_BYTES = 4096;

    private final DiskTier tier;
    private final Fingerprint block;
    private final Slot slot;
    private final SlotHeader header;
    private final boolean usedBefore;
    private final AtomicBoolean closed = new AtomicBoolean();

    SlotBlock(DiskTier tier, Fingerprint block, Slot slot, SlotHeader header, boolean usedBefore) {
        this.tier = tier;
        this.block = block;
        this.slot = slot;
        this.header = header;
        this.usedBefore = usedBefore;
    }

    /** Was the block already found since the hand of eviction last came by? */
    boolean usedBefore() {
        return usedBefore;
    }

    Slot slot() {
        return slot;
    }

    @Override
    public FileChannel file() throws IOException {
        return slot.segment().file().channel();
    }

    @Override
    public long fileOffset() {
        return slot.payloadOffset();
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
    public boolean isIntact() throws IOException {
        try (var arena = Arena.ofConfined()) {
            MemorySegment window = arena.allocate(CHECK_BYTES);
            for (int from = 0; from < byteCount(); from += CHECK_BYTES) {
                MemorySegment part = window.asSlice(0, Math.min(CHECK_BYTES, byteCount() - from));
                if (!readIntact(from, part)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Like {@link #isIntact}, but of what the device has, whatever the page cache holds. */
    boolean isIntactOnDevice() throws IOException {
        try (var arena = Arena.ofConfined()) {
            MemorySegment window = arena.allocate(DEVICE_CHECK_BYTES, PAGE_BYTES);
            for (int from = 0; from < byteCount(); from += DEVICE_CHECK_BYTES) {
                int bytes = Math.min(DEVICE_CHECK_BYTES, byteCount() - from);
                int wholePages = (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
                long read = slot.segment()
                        .file()
                        .readFromDevice(window.asSlice(0, wholePages), slot.payloadOffset() + from);
                if (read < bytes || !isIntact(from, window.asSlice(0, bytes))) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Reads all bytes; false when they are not those that the checksums are of. */
    boolean readIntact(MemorySegment into) throws IOException {
        return readIntact(0, into);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            tier.unpin(block, slot);
        }
    }

    private boolean readIntact(int from, MemorySegment into) throws IOException {
        long read = slot.segment().file().read(into, slot.payloadOffset() + from);
        return read == into.byteSize() && isIntact(from, into);
    }

    private boolean isIntact(int from, MemorySegment bytes) {
        return BlockChecksums.firstBadUnit(bytes, header.checksums(), from / BlockChecksums.UNIT_BYTES) < 0;
    }
}
