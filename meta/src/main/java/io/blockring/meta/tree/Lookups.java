package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.engine.Looked;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.MetaSnapshot;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads of names and attributes. None needs a transaction. */
final class Lookups {
    private final MetaEngine engine;
    private final MetaReads reads;

    Lookups(MetaEngine engine) {
        this.engine = engine;
        this.reads = engine.reads();
    }

    Entry lookup(long parent, Name name) throws FileError {
        if (parent == FileTree.ROOT && Trash.isRootName(name)) {
            return new Entry(Trash.ROOT, attributes(Trash.ROOT));
        }
        Looked looked = engine.look(parent, name);
        if (looked.entry() != null) {
            return looked.entry();
        }
        Directories.requireDirectory(parent, looked.directory());
        throw new FileError(FileError.Kind.NOT_FOUND, "no such entry");
    }

    Attr attributes(long inode) throws FileError {
        Attr attr = reads.attr(inode);
        if (attr == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + inode);
        }
        return attr;
    }

    /** The target first, for it goes with its inode: where that is still there afterwards, it really has none. */
    byte[] readSymlink(long inode) throws FileError {
        byte[] target = reads.symlink(inode);
        if (target != null) {
            return target;
        }
        if (attributes(inode).type() != FileType.SYMLINK) {
            throw new FileError(FileError.Kind.INVALID, "inode " + inode + " is no symlink");
        }
        throw new FileError(FileError.Kind.IO, "symlink " + inode + " has no target");
    }

    List<Dentry> list(long directory, @Nullable Name after, int limit, boolean withAttributes) throws FileError {
        if (limit <= 0) {
            throw new FileError(FileError.Kind.INVALID, "a list of " + limit + " entries");
        }
        if (!withAttributes) {
            List<Dentry> children = reads.children(directory, after, limit);
            if (children.isEmpty()) {
                Directories.require(reads, directory);
            }
            return children;
        }
        try (MetaSnapshot moment = engine.snapshot()) {
            Directories.require(moment, directory);
            return withAttributes(moment, directory, after, limit);
        }
    }

    /** Entries that lost their inode between two reads of an engine without moments are passed over. */
    private static List<Dentry> withAttributes(MetaReads moment, long directory, @Nullable Name after, int limit)
            throws FileError {
        var entries = new ArrayList<Dentry>();
        Name reached = after;
        while (entries.size() < limit) {
            int wanted = limit - entries.size();
            List<Dentry> children = moment.children(directory, reached, wanted);
            List<@Nullable Entry> now = moment.entries(directory, children);
            for (int i = 0; i < children.size(); i++) {
                reached = children.get(i).name();
                Entry entry = now.get(i);
                if (entry != null) {
                    entries.add(new Dentry(reached, entry.inode(), entry.attr().type(), entry.attr()));
                }
            }
            if (children.size() < wanted) {
                break;
            }
        }
        return entries;
    }
}
