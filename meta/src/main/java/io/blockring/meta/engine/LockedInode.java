package io.blockring.meta.engine;

/** An inode with locks of a kind. */
public record LockedInode(LockKind kind, long inode) {}
