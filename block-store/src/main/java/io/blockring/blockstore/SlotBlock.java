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
    /** How much is read at once to check the bytes: some whole units, and whole pages. */
    private static final int CHECK_BYTES = 32 * BlockChecksums.UNIT_BYTES;

    /** A way to read a file of slots. */
    @FunctionalInterface
    private interface Reading {
        long read(SegmentFile file, MemorySegment into, long offset) throws IOException;
    }

    private final DiskTier tier;
    private final Fingerprint block;
    private final Slot slot;
    private final SlotHeader header;
    private final boolean isWantedInMemory;
    private final AtomicBoolean closed = new AtomicBoolean();

    SlotBlock(DiskTier tier, Fingerprint block, Slot slot, SlotHeader header, boolean isWantedInMemory) {
        this.tier = tier;
        this.block = block;
        this.slot = slot;
        this.header = header;
        this.isWantedInMemory = isWantedInMemory;
    }

    /** Was the block already found since the hand of eviction last came by, so that it should be in memory too? */
    boolean isWantedInMemory() {
        return isWantedInMemory;
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
        return isIntact(SegmentFile::read);
    }

    /** Like {@link #isIntact()}, but of what the device has, whatever the page cache holds. */
    boolean isIntactOnDevice() throws IOException {
        return isIntact(SegmentFile::readFromDevice);
    }

    /** Reads all bytes; false when they are not those that the checksums are of. */
    boolean readIntact(MemorySegment into) throws IOException {
        long read = slot.segment().file().read(into, slot.payloadOffset());
        return read == into.byteSize() && isIntact(0, into);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            tier.unpin(block, slot);
        }
    }

    private boolean isIntact(Reading reading) throws IOException {
        try (var arena = Arena.ofConfined()) {
            MemorySegment window = arena.allocate(CHECK_BYTES, SizeClass.PAGE_BYTES);
            for (int from = 0; from < byteCount(); from += CHECK_BYTES) {
                int bytes = Math.min(CHECK_BYTES, byteCount() - from);
                MemorySegment pages = window.asSlice(0, SizeClass.wholePages(bytes));
                long read = reading.read(slot.segment().file(), pages, slot.payloadOffset() + from);
                if (read < bytes || !isIntact(from, window.asSlice(0, bytes))) {
                    return false;
                }
            }
            return true;
        }
    }

    private boolean isIntact(int from, MemorySegment bytes) {
        return BlockChecksums.firstBadUnit(bytes, header.checksums(), from / BlockChecksums.UNIT_BYTES) < 0;
    }
}
