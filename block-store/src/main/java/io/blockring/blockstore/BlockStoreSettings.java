package io.blockring.blockstore;

import java.util.List;

/**
 * What a user decides about a block store.
 *
 * @param directories where the disk tier keeps blocks; none means memory alone
 * @param memoryBytes limit of the memory tier's buffers, free ones in its pool included; 0 means no memory tier
 * @param fillBytes limit of the buffers that fills of the disk tier write into, free ones in the pool included; unused
 *     without directories, where a fill writes into the memory tier
 * @param leastFree the part of the bytes and inodes of each directory's file system that stays free, from 0 to below 1
 * @param eviction which blocks of the disk tier go first
 */
public record BlockStoreSettings(
        List<CacheDirectory> directories, long memoryBytes, long fillBytes, double leastFree, Eviction eviction) {
    /** Settings that leave nothing free but what is beyond the directories' limits. */
    public BlockStoreSettings(List<CacheDirectory> directories, long memoryBytes, long fillBytes) {
        this(directories, memoryBytes, fillBytes, 0, Eviction.SIEVE);
    }

    public BlockStoreSettings {
        directories = List.copyOf(directories);
        if (memoryBytes < 0 || fillBytes < 0) {
            throw new IllegalArgumentException("no such limit: memory " + memoryBytes + ", fills " + fillBytes);
        }
        if (!(leastFree >= 0 && leastFree < 1)) {
            throw new IllegalArgumentException("no such part of a file system: " + leastFree);
        }
        if (directories.isEmpty() && memoryBytes == 0) {
            throw new IllegalArgumentException("a block store needs a directory or memory");
        }
        if (!directories.isEmpty() && fillBytes == 0) {
            throw new IllegalArgumentException("a block store with a directory needs buffers for its fills");
        }
        if (directories.stream().map(CacheDirectory::path).distinct().count() != directories.size()) {
            throw new IllegalArgumentException("a cache directory is named twice: " + directories);
        }
    }
}
