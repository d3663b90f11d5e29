package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.engine.MetaReads;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where inodes are: the way up is in the records, the names on it are found by looking through the directories. */
final class TreePaths {
    /** Paths of one inode that are told. */
    private static final int MAX_PATHS = 1000;

    /** Deeper than any tree; a longer way up is a loop. */
    private static final int MAX_DEPTH = 10_000;

    private static final int AT_ONCE = 1000;
    private static final int CHUNKS_AT_ONCE = 64;

    private final MetaReads reads;

    TreePaths(MetaReads reads) {
        this.reads = reads;
    }

    TreeJobs.InodeInfo info(long inode) throws FileError {
        Attr attr = reads.attr(inode);
        if (attr == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + inode);
        }
        Map<Long, Long> parents = attr.parent() > 0 || inode == FileTree.ROOT ? Map.of() : reads.parents(inode);
        return new TreeJobs.InodeInfo(inode, attr, parents, pathsOf(inode, attr, parents));
    }

    private List<String> pathsOf(long inode, Attr attr, Map<Long, Long> parents) throws FileError {
        if (inode == FileTree.ROOT || inode == Trash.ROOT) {
            return List.of(inode == FileTree.ROOT ? "/" : "/" + Trash.ROOT_NAME);
        }
        var paths = new ArrayList<String>();
        Map<Long, Long> links = attr.parent() > 0 ? Map.of(attr.parent(), 1L) : parents;
        for (Map.Entry<Long, Long> link : links.entrySet()) {
            String above = ofDirectory(link.getKey());
            for (Name name : names(link.getKey(), inode, Math.min(link.getValue(), MAX_PATHS - paths.size()))) {
                paths.add((above.equals("/") ? "" : above) + "/" + name);
            }
        }
        return paths;
    }

    /** The path of a directory; where a name is not found, its inode stands for it. */
    String ofDirectory(long directory) throws FileError {
        var path = new StringBuilder();
        long at = directory;
        for (int i = 0; i < MAX_DEPTH && at != FileTree.ROOT; i++) {
            if (at == Trash.ROOT) {
                return "/" + Trash.ROOT_NAME + path;
            }
            Attr attr = reads.attr(at);
            List<Name> names = attr == null || attr.parent() == 0 ? List.of() : names(attr.parent(), at, 1);
            if (attr == null || names.isEmpty()) {
                return "inode:" + at + path;
            }
            path.insert(0, "/" + names.getFirst());
            at = attr.parent();
        }
        return path.isEmpty() ? "/" : path.toString();
    }

    private List<Name> names(long directory, long inode, long most) throws FileError {
        var found = new ArrayList<Name>();
        Name after = null;
        List<Dentry> some;
        do {
            some = reads.children(directory, after, AT_ONCE);
            for (Dentry entry : some) {
                after = entry.name();
                if (entry.inode() == inode && found.size() < most) {
                    found.add(entry.name());
                }
            }
        } while (some.size() == AT_ONCE && found.size() < most);
        return found;
    }

    Map<Integer, List<SliceRecord>> chunks(long inode, int from) throws FileError {
        @Nullable Attr attr = reads.attr(inode);
        var chunks = new LinkedHashMap<Integer, List<SliceRecord>>();
        if (attr != null && attr.type() == FileType.FILE) {
            for (int chunk : reads.chunks(inode, from, InodeCopies.chunksOf(attr), CHUNKS_AT_ONCE)) {
                chunks.put(chunk, reads.slices(inode, chunk));
            }
        }
        return chunks;
    }
}
