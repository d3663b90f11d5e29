package io.blockring.meta.engine;

/** The two kinds of locks on a file; each inode has a table of each. */
public enum LockKind {
    /** BSD locks, of the whole file: one for each owner. */
    WHOLE,
    /** POSIX locks, of ranges. */
    RANGES
}
