package io.blockring.mount.jobs;

import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.Name;
import java.util.Arrays;

/** Paths from the root of a volume, as bytes; empty parts count for nothing, and symlinks are not followed. */
public final class VolumePath {
    private VolumePath() {}

    /** The inode at {@code path}. */
    public static Entry find(FileTree tree, byte[] path) throws FileError {
        var entry = new Entry(FileTree.ROOT, tree.attributes(FileTree.ROOT));
        int start = 0;
        for (int i = 0; i <= path.length; i++) {
            if (i == path.length || path[i] == '/') {
                if (i > start) {
                    entry = tree.lookup(entry.inode(), Name.of(Arrays.copyOfRange(path, start, i)));
                }
                start = i + 1;
            }
        }
        return entry;
    }
}
