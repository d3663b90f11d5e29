package io.blockring.meta;

/** What a volume holds and may hold, for statfs: bytes rounded up to 4 KiB per inode, and inodes. */
public record VolumeUsage(long totalBytes, long availableBytes, long usedInodes, long availableInodes) {}
