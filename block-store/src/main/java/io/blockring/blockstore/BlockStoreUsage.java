package io.blockring.blockstore;

import java.util.Map;

/**
 * What a store holds and what has happened to it since it was opened.
 *
 * @param fillBytes taken from the buffers for fills now
 * @param indexBytes of the index files on disk now
 * @param tableBytes native memory of the table of blocks on disk
 * @param volumes what each volume has, by volume id; a bucket by the complement of its id, which is below zero
 * @param datasets what each dataset has on disk, by its id; 0 is what belongs to none
 * @param misses finds that found nothing
 * @param fills blocks kept
 * @param corrupt blocks freed because their bytes were not those that had been written
 * @param torn index rows without their slot: what a crash left of a fill or a removal
 * @param diskErrors failed reads and writes
 * @param scrub what was checked in the background
 */
public record BlockStoreUsage(
        TierUsage memory,
        TierUsage disk,
        long fillBytes,
        long indexBytes,
        long tableBytes,
        Map<Integer, Held> volumes,
        Map<Integer, Held> datasets,
        long misses,
        long fills,
        long corrupt,
        long torn,
        long diskErrors,
        ScrubUsage scrub) {
    public BlockStoreUsage {
        volumes = Map.copyOf(volumes);
        datasets = Map.copyOf(datasets);
    }

    /**
     * What one tier holds.
     *
     * @param capacityBytes room for blocks
     * @param usedBytes of that room taken, fills in progress and blocks that are only still being read included
     * @param blocks that can be found
     * @param hits finds answered
     */
    public record TierUsage(
            long capacityBytes, long usedBytes, long blocks, long hits, long evictedBlocks, long evictedBytes) {}

    /**
     * What was read in the background to find corrupt blocks.
     *
     * @param rounds directories that were checked from end to end
     * @param bytes as they count for the capacity
     */
    public record ScrubUsage(long rounds, long blocks, long bytes) {
        static final ScrubUsage NONE = new ScrubUsage(0, 0, 0);

        ScrubUsage plus(ScrubUsage other) {
            return new ScrubUsage(rounds + other.rounds, blocks + other.blocks, bytes + other.bytes);
        }
    }

    /**
     * What one volume or dataset has on disk, or in memory where there is no disk tier.
     *
     * @param usedBytes room taken
     * @param blocks on disk with fills in progress, and with blocks that are only still being read
     */
    public record Held(long usedBytes, long blocks) {
        Held plus(Held other) {
            return new Held(usedBytes + other.usedBytes, blocks + other.blocks);
        }
    }
}
