package io.blockring.meta.engine;

import io.blockring.meta.Name;

/** A single record that a transaction is about to read. */
public sealed interface Point {
    /** The attributes of an inode. */
    record Attributes(long inode) implements Point {}

    /** An entry of a directory. */
    record Entry(long directory, Name name) implements Point {}

    /** The records of a chunk. */
    record Slices(long inode, int chunk) implements Point {}
}
