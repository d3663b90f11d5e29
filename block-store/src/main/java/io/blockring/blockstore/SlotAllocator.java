package io.blockring.blockstore;

import io.blockring.blockstore.CacheFullException.Reason;
import io.blockring.blockstore.DatasetPolicy.Keep;
import io.blockring.blockstore.Segment.Kind;
import io.blockring.blockstore.Segment.Slot;
import java.io.IOException;

/** Gives slots to fills: first their room, by evicting others if need be, then a slot, and its place on the device. */
final class SlotAllocator {
    private static final int EVICTION_ROUNDS = 16;

    private final Segments segments;
    private final SlotFiles slotFiles;
    private final Capacity capacity;
    private final Reclaimer reclaimer;
    private final SpaceKeeper space;
    private final TierCounters counters;

    SlotAllocator(
            Segments segments,
            SlotFiles slotFiles,
            Capacity capacity,
            Reclaimer reclaimer,
            SpaceKeeper space,
            TierCounters counters) {
        this.segments = segments;
        this.slotFiles = slotFiles;
        this.capacity = capacity;
        this.reclaimer = reclaimer;
        this.space = space;
        this.counters = counters;
    }

    /** A slot for a block of so many bytes. */
    Slot take(int owner, int dataset, int byteCount) throws CacheFullException {
        var kind = new Kind(owner, capacity.known(dataset), SizeClass.of(byteCount));
        long bytes = kind.sizeClass().chargedBytes();
        if (bytes > capacity.limit()) {
            throw new CacheFullException(Reason.NO_ROOM, "a block of " + bytes + " bytes is larger than the cache");
        }
        takeShare(kind.dataset(), bytes);
        boolean isTaken = false;
        try {
            takeRoom(capacity.policy(kind.dataset()).keep(), bytes);
            isTaken = true;
        } finally {
            if (!isTaken) {
                capacity.giveShare(kind.dataset(), bytes);
            }
        }
        return takeSlot(kind, byteCount);
    }

    private void takeShare(int dataset, long bytes) throws CacheFullException {
        Keep keep = capacity.policy(dataset).keep();
        if (keep == Keep.ONCE) {
            throw new CacheFullException(Reason.POLICY, "blocks of dataset " + dataset + " are not kept");
        }
        for (int round = 0; round < EVICTION_ROUNDS; round++) {
            if (capacity.tryTakeShare(dataset, bytes)) {
                return;
            }
            if (keep != Keep.AUTO || reclaimer.evictOfDataset(dataset, bytes) == 0) {
                break;
            }
        }
        throw new CacheFullException(Reason.POLICY, "dataset " + dataset + " has all it may have");
    }

    private void takeRoom(Keep keep, long bytes) throws CacheFullException {
        requireSpace(keep, bytes);
        for (int round = 0; round < EVICTION_ROUNDS; round++) {
            if (capacity.tryTake(bytes)) {
                space.roomTaken();
                return;
            }
            reclaimer.evictFor(keep, bytes);
        }
        throw new CacheFullException(Reason.NO_ROOM, "all blocks are being read or filled, or stay by their policies");
    }

    /** A file system that is fuller than it may be gets no fuller: what comes takes the place of what goes. */
    private void requireSpace(Keep keep, long bytes) throws CacheFullException {
        if (space.isShortOfInodes() || (space.missingBytes() > 0 && reclaimer.evictExactlyFor(keep, bytes) < bytes)) {
            throw new CacheFullException(Reason.NO_ROOM, "the file system is too full");
        }
    }

    private Slot takeSlot(Kind kind, int byteCount) throws CacheFullException {
        Slot slot = null;
        try {
            slot = segments.take(kind);
            allocate(slot, byteCount);
            return slot;
        } catch (IOException e) {
            counters.diskErrors.increment();
            if (slot != null) {
                segments.free(slot);
            } else {
                capacity.give(kind.dataset(), kind.sizeClass().chargedBytes());
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
            Keep keep = capacity.policy(slot.segment().kind.dataset()).keep();
            if (reclaimer.evictFor(keep, slot.sizeClass().chargedBytes()) == 0) {
                throw e;
            }
            slotFiles.allocate(slot, byteCount);
        }
    }
}
