package io.blockring.meta.engine;

/**
 * A file whose inode is gone and whose chunks wait for their deletion.
 *
 * @param length what the file was long; covers every chunk that it has
 * @param deletedAt seconds since 1970
 */
public record DeletedFile(long inode, long length, long deletedAt) {}
