package io.blockring.meta.engine;

import java.util.List;

/**
 * Slices that a compaction replaced, kept as long as the trash is.
 *
 * @param replacedAt seconds since 1970
 * @param by the slice that took their place
 */
public record DelayedSlices(long replacedAt, long by, List<SliceKey> slices) {
    public DelayedSlices {
        slices = List.copyOf(slices);
    }
}
