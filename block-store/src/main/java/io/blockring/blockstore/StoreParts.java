package io.blockring.blockstore;

import java.util.concurrent.Executor;

/**
 * What a store is made of besides its settings.
 *
 * @param files the disk
 * @param index what opens the index in a folder
 * @param promotions runs copies of blocks into the memory tier, or rejects them when there are too many
 */
record StoreParts(SegmentFiles files, BlockIndex.Opener index, Executor promotions) {
    /** The ones outside of tests. */
    static StoreParts real(Executor promotions) {
        return new StoreParts(new LinuxFiles(), RocksBlockIndex::open, promotions);
    }
}
