package io.blockring.meta.engine;

/**
 * What lies directly in a directory.
 *
 * @param length bytes of its files
 * @param space the same, each rounded up as the volume counts it, and a unit for everything else
 * @param inodes its entries
 */
public record DirectoryStats(long length, long space, long inodes) {
    public static final DirectoryStats NONE = new DirectoryStats(0, 0, 0);

    public DirectoryStats plus(DirectoryStats more) {
        return new DirectoryStats(length + more.length, space + more.space, inodes + more.inodes);
    }

    /** As many times of all. */
    public DirectoryStats times(long count) {
        return new DirectoryStats(length * count, space * count, inodes * count);
    }
}
