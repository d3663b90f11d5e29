package io.blockring.meta.engine;

import io.blockring.meta.Attr;

/** An inode and its attributes. */
public record InodeRecord(long inode, Attr attr) {}
