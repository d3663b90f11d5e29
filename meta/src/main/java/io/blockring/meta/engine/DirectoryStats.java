package io.blockring.meta.engine;

import io.blockring.meta.Attr;
import io.blockring.meta.FileType;

/**
 * What lies directly in a directory.
 *
 * @param length bytes of its files
 * @param space the same, each rounded up as the volume counts it, and a unit for everything else
 * @param inodes its entries
 */
public record DirectoryStats(long length, long space, long inodes) {
    public static final DirectoryStats NONE = new DirectoryStats(0, 0, 0);

    private static final long ROUND_BYTES = 4096;

    /** What an entry counts as: a file by its length, all else as one unit of space. */
    public static DirectoryStats of(Attr attr) {
        long length = attr.type() == FileType.FILE ? attr.length() : 0;
        return new DirectoryStats(length, spaceOf(length), 1);
    }

    /** What a file of {@code length} bytes counts as; an empty one and everything else counts as one unit. */
    public static long spaceOf(long length) {
        return length <= 0 ? ROUND_BYTES : (length + ROUND_BYTES - 1) / ROUND_BYTES * ROUND_BYTES;
    }

    public DirectoryStats plus(DirectoryStats more) {
        return new DirectoryStats(length + more.length, space + more.space, inodes + more.inodes);
    }

    /** As many times of all. */
    public DirectoryStats times(long count) {
        return new DirectoryStats(length * count, space * count, inodes * count);
    }
}
