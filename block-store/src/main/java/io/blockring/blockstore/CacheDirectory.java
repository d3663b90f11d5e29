package io.blockring.blockstore;

import java.nio.file.Path;

/**
 * A directory that belongs to one block store alone, and how much may lie in it.
 *
 * @param path is made when it does not exist
 * @param bytes limit of all that the store keeps there: slots in use, index and its reserve
 */
public record CacheDirectory(Path path, long bytes) {
    /** Below this the index alone would fill the directory. */
    public static final long MIN_BYTES = 1 << 20;

    public CacheDirectory {
        if (bytes < MIN_BYTES) {
            throw new IllegalArgumentException(
                    "cache directory " + path + ": " + bytes + " bytes are below the least of " + MIN_BYTES);
        }
    }
}
