package io.blockring.mount.jobs;

import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.Name;
import java.util.Arrays;

/** Paths from the root of a volume, as bytes; empty parts count for nothing, and symlinks are not followed. */
public final class VolumePath {
    private VolumePath() {}

    /** A name in a directory, whether it is taken or not. */
    record Place(long directory, Name name) {}

    /** The last name of {@code path} in its directory, which is there; INVALID for the root, which has no name. */
    static Place place(FileTree tree, byte[] path) throws FileError {
        int end = path.length;
        while (end > 0 && path[end - 1] == '/') {
            end--;
        }
        int start = end;
        while (start > 0 && path[start - 1] != '/') {
            start--;
        }
        if (start == end) {
            throw new FileError(FileError.Kind.INVALID, "the root of the volume has no name");
        }
        long directory = find(tree, Arrays.copyOf(path, start)).inode();
        return new Place(directory, Name.of(Arrays.copyOfRange(path, start, end)));
    }

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
