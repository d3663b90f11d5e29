package io.blockring.meta.engine;

/**
 * A tree that is being built and that no directory holds yet.
 *
 * @param inode its top directory
 * @param seenAt seconds since 1970, when whoever builds it last said so
 */
public record DetachedTree(long inode, long seenAt) {}
