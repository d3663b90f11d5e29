package io.blockring.filesystem;

import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.Name;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/*
 *   cursor   0 . . . . 1000 . . . . 2000 . . . . 3000 . . 3400
 *   marks    (start)    "m"          "p"          "t"           the name in front of a cursor, thinned out
 *   last page                                     "t" "u" ... "z"    all names, for a cursor inside of it
 */
/**
 * One reading of a directory. Names are in byte order, so it goes on behind a name, whether or not that still
 * exists, and shows each entry at most once however the directory changes.
 *
 * <p>It remembers the last page and a limited number of marks: to go back to a cursor that is no mark, it reads on
 * from the one before. Safe for use by many threads, one at a time.
 */
final class DirectoryHandle {
    /** No page has more entries. */
    static final int MAX_PAGE = 1000;

    /** With more marks, every second one is dropped. */
    static final int MAX_MARKS = 1024;

    private final long inode;
    private final TreeMap<Long, Name> marks = new TreeMap<>();
    private long pageCursor;
    private List<Name> page = List.of();

    DirectoryHandle(long inode) {
        this.inode = inode;
    }

    long inode() {
        return inode;
    }

    /** At most {@code limit} entries behind {@code cursor}. */
    List<Dentry> list(FileTree tree, long cursor, int limit, boolean withAttributes) throws FileError {
        if (cursor < 0 || limit <= 0) {
            throw new FileError(FileError.Kind.INVALID, "no such part of a directory: " + limit + " at " + cursor);
        }
        Name after = null;
        if (cursor > 0) {
            after = nameBefore(cursor);
            if (after == null) {
                after = seek(tree, cursor);
            }
            if (after == null) {
                return List.of();
            }
        }
        List<Dentry> entries = entries(tree, after, Math.min(limit, MAX_PAGE), withAttributes);
        remember(cursor, entries);
        return entries;
    }

    /** The name just before {@code cursor}, if it is remembered. */
    private synchronized @Nullable Name nameBefore(long cursor) {
        long inPage = cursor - pageCursor;
        return inPage > 0 && inPage <= page.size() ? page.get((int) inPage - 1) : marks.get(cursor);
    }

    /** Reads from the last mark before {@code cursor} up to it; null when the directory ends before. */
    private @Nullable Name seek(FileTree tree, long cursor) throws FileError {
        long at;
        Name after;
        synchronized (this) {
            Map.Entry<Long, Name> mark = marks.lowerEntry(cursor);
            at = mark == null ? 0 : mark.getKey();
            after = mark == null ? null : mark.getValue();
        }
        while (at < cursor) {
            List<Dentry> entries = entries(tree, after, (int) Math.min(cursor - at, MAX_PAGE), false);
            if (entries.isEmpty()) {
                return null;
            }
            at += entries.size();
            after = entries.getLast().name();
        }
        return after;
    }

    private List<Dentry> entries(FileTree tree, @Nullable Name after, int limit, boolean withAttributes)
            throws FileError {
        try {
            return tree.list(inode, after, limit, withAttributes);
        } catch (FileError e) {
            if (e.kind() == FileError.Kind.NOT_FOUND) {
                // It was removed while it is open; POSIX shows such a directory as empty.
                return List.of();
            }
            throw e;
        }
    }

    private synchronized void remember(long cursor, List<Dentry> entries) {
        if (cursor == 0) {
            marks.clear();
            page = List.of();
        }
        if (entries.isEmpty()) {
            return;
        }
        pageCursor = cursor;
        page = entries.stream().map(Dentry::name).toList();
        marks.put(cursor + entries.size(), entries.getLast().name());
        if (marks.size() > MAX_MARKS) {
            boolean keep = false;
            for (var it = marks.keySet().iterator(); it.hasNext(); keep = !keep) {
                it.next();
                if (!keep) {
                    it.remove();
                }
            }
        }
    }
}
