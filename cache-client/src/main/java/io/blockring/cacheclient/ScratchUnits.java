package io.blockring.cacheclient;

import io.blockring.block.BlockChecksums;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ArrayBlockingQueue;

/** Memory for units that a read cuts, used again and again; each is one checksum unit long. */
final class ScratchUnits {
    private static final int KEPT_UNITS = 256;

    private final ArrayBlockingQueue<MemorySegment> free = new ArrayBlockingQueue<>(KEPT_UNITS);

    MemorySegment take() {
        MemorySegment unit = free.poll();
        return unit != null ? unit : Arena.ofAuto().allocate(BlockChecksums.UNIT_BYTES);
    }

    void giveBack(MemorySegment unit) {
        var _ = free.offer(unit); // when enough are free, the collector gets this one
    }
}
