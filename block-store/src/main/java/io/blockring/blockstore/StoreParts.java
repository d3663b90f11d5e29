package io.blockring.blockstore;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executor;

/**
 * What a store is made of besides its settings.
 *
 * @param files the disk
 * @param index what opens the index in a folder
 * @param space what the file system of a directory has left
 * @param clock what time it is, for blocks that expire
 * @param evictsAhead whether blocks are evicted in the background, before fills have to
 * @param loadingPatience how long the opening waits for the rows of a small index
 * @param promotions runs copies of blocks into the memory tier, or rejects them when there are too many
 */
record StoreParts(
        SegmentFiles files,
        BlockIndex.Opener index,
        FileSystemSpace.Probe space,
        InstantSource clock,
        boolean evictsAhead,
        Duration loadingPatience,
        Executor promotions) {
    private static final Duration LOADING_PATIENCE = Duration.ofSeconds(20);

    /** The ones outside of tests. */
    static StoreParts real(Executor promotions) {
        return new StoreParts(
                new LinuxFiles(),
                RocksBlockIndex::open,
                new LinuxFileSystem(),
                InstantSource.system(),
                true,
                LOADING_PATIENCE,
                promotions);
    }
}
