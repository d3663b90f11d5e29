package io.blockring.meta.check;

import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.Name;
import io.blockring.meta.engine.MetaReads;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The way from the root to an inode, as bytes: one of its names where it has several. */
public final class Paths {
    private static final int ENTRIES_AT_ONCE = 1000;
    private static final int MOST_PARTS = 10_000;

    private Paths() {}

    /** A path of {@code inode}; empty where no name leads to it. */
    public static byte[] of(MetaReads reads, long inode) throws FileError {
        Deque<byte[]> parts = new ArrayDeque<>();
        long at = inode;
        while (at != FileTree.ROOT && at != FileTree.TRASH && parts.size() < MOST_PARTS) {
            Attr attr = reads.attr(at);
            if (attr == null) {
                return new byte[0];
            }
            long parent = attr.parent() != 0
                    ? attr.parent()
                    : reads.parents(at).keySet().stream().findFirst().orElse(0L);
            Name name = parent == 0 ? null : nameIn(reads, parent, at);
            if (name == null) {
                return new byte[0];
            }
            parts.push(name.toBytes());
            at = parent;
        }
        var path = new ByteArrayOutputStream();
        if (at == FileTree.TRASH) {
            path.writeBytes(new byte[] {'/', '.', 't', 'r', 'a', 's', 'h'});
        }
        for (byte[] part : parts) {
            path.write('/');
            path.writeBytes(part);
        }
        return path.size() == 0 ? new byte[] {'/'} : path.toByteArray();
    }

    private static @Nullable Name nameIn(MetaReads reads, long directory, long inode) throws FileError {
        @Nullable Name after = null;
        List<Dentry> some;
        do {
            some = reads.children(directory, after, ENTRIES_AT_ONCE);
            for (Dentry entry : some) {
                after = entry.name();
                if (entry.inode() == inode) {
                    return after;
                }
            }
        } while (some.size() == ENTRIES_AT_ONCE);
        return null;
    }
}
