/**
 * The tree of files of a volume: what a file system asks of it, and the values that it answers with.
 *
 * <p>Start at {@link FileTree}. {@code volume} makes and opens one, {@code tree} has its rules, {@code engine} is the
 * port to what keeps the records and {@code keyvalue} their layout as keys and values. {@link SliceObjects} and {@link
 * ChunkRewriter} are what the tree asks of whoever has the data; {@link ChunkView} tells what shows of a chunk.
 */
@NullMarked
package io.blockring.meta;

import org.jspecify.annotations.NullMarked;
