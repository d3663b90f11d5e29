package io.blockring.meta;

/** An inode and its attributes, as a look-up or a creation finds them. */
public record Entry(long inode, Attr attr) {}
