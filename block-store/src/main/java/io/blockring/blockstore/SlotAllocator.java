package io.blockring.blockstore;

import io.blockring.blockstore.CacheFullException.Reason;
import io.blockring.blockstore.Segment.Slot;
import java.io.IOException;

/** Gives slots to fills: first their room, by evicting others if need be, then a slot, and its place on the device. */
final class SlotAllocator {
    private static final int EVICTION_ROUNDS = 16;

    private final Segments segments;
    private final SlotFiles slotFiles;
    private final Room room;
    private final Reclaimer reclaimer;
    private final SpaceKeeper space;
    private final TierCounters counters;

    SlotAllocator(
            Segments segments,
            SlotFiles slotFiles,
            Room room,
            Reclaimer reclaimer,
            SpaceKeeper space,
            TierCounters counters) {
        this.segments = segments;
        this.slotFiles = slotFiles;
        this.room = room;
        this.reclaimer = reclaimer;
        this.space = space;
        this.counters = counters;
    }

    /** A slot for a block of so many bytes. */
    Slot take(int owner, SizeClass sizeClass, int byteCount) throws CacheFullException {
        takeRoom(sizeClass.chargedBytes());
        return takeSlot(owner, sizeClass, byteCount);
    }

    private void takeRoom(long bytes) throws CacheFullException {
        if (bytes > room.limit()) {
            throw new CacheFullException(Reason.NO_ROOM, "a block of " + bytes + " bytes is larger than the cache");
        }
        requireSpace(bytes);
        for (int round = 0; round < EVICTION_ROUNDS; round++) {
            if (room.tryTake(bytes)) {
                space.roomTaken();
                return;
            }
            reclaimer.evict(bytes);
        }
        throw new CacheFullException(Reason.NO_ROOM, "all blocks are being read or filled");
    }

    /** A file system that is fuller than it may be gets no fuller: what comes takes the place of what goes. */
    private void requireSpace(long bytes) throws CacheFullException {
        if (space.isShortOfInodes() || (space.missingBytes() > 0 && reclaimer.evictExactly(bytes) < bytes)) {
            throw new CacheFullException(Reason.NO_ROOM, "the file system is too full");
        }
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
}
