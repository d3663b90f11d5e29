package io.blockring.meta.check;

import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.engine.DirectoryStats;
import org.jspecify.annotations.Nullable;

/** What lies directly in a directory, as its entries are added one by one. */
final class DirectoryEntries {
    private DirectoryStats stats = DirectoryStats.NONE;
    private int directories;

    /** Adds an entry, with the attributes that it leads to. */
    void add(Dentry entry, @Nullable Attr attr) {
        stats = attr == null ? stats : stats.plus(DirectoryStats.of(attr));
        directories += entry.type() == FileType.DIRECTORY ? 1 : 0;
    }

    DirectoryStats stats() {
        return stats;
    }

    /** The links of the directory; the trash counts none from below. */
    int links(long inode) {
        return inode >= FileTree.TRASH ? 2 : 2 + directories;
    }
}
