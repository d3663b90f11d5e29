package io.blockring.meta.engine;

import io.blockring.meta.Name;

/** Where a single record is that a transaction reads or changes. */
public sealed interface Point {
    /** The attributes of an inode. */
    record Attributes(long inode) implements Point {}

    /** An entry of a directory. */
    record Entry(long directory, Name name) implements Point {}

    /** The records of a chunk. */
    record Slices(long inode, int chunk) implements Point {}
}
