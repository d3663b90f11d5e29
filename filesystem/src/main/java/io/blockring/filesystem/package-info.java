/**
 * POSIX as a library over a tree of files and a cache of blocks.
 *
 * <p>Start at {@link FileSystem} and {@link VolumeFileSystem}. {@link FileReader} reads, with {@link ReadAhead};
 * {@link FileWriter} writes: {@link WriteQueue} decides what becomes of written data, {@link SliceSender} does it.
 */
@NullMarked
package io.blockring.filesystem;

import org.jspecify.annotations.NullMarked;
