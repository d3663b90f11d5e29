package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.FileType;
import io.blockring.meta.engine.DirectoryStats;

/**
 * What a tree holds, with its top. A file counts once for each of its names.
 *
 * @param files names of all that is no directory
 * @param length bytes of the files
 * @param space the same, rounded up as the volume counts it, and a unit for everything else
 */
public record TreeSum(long files, long directories, long length, long space) {
    public static final TreeSum NONE = new TreeSum(0, 0, 0, 0);

    static TreeSum of(Attr attr) {
        boolean directory = attr.type() == FileType.DIRECTORY;
        DirectoryStats stats = Ledger.statsOf(attr);
        return new TreeSum(directory ? 0 : 1, directory ? 1 : 0, stats.length(), stats.space());
    }

    public long inodes() {
        return files + directories;
    }

    public TreeSum plus(TreeSum more) {
        return new TreeSum(
                files + more.files, directories + more.directories, length + more.length, space + more.space);
    }
}
