package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.engine.MetaReads;
import org.jspecify.annotations.Nullable;

/** What every change of a directory asks of it first. */
final class Directories {
    /** Deeper than any tree; a longer way up is a loop. */
    private static final int MAX_DEPTH = 10_000;

    private Directories() {}

    static Attr require(MetaReads reads, long inode) throws FileError {
        return requireDirectory(inode, reads.attr(inode));
    }

    static Attr requireDirectory(long inode, @Nullable Attr attr) throws FileError {
        if (attr == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + inode);
        }
        if (attr.type() != FileType.DIRECTORY) {
            throw new FileError(FileError.Kind.NOT_DIRECTORY, "inode " + inode + " is no directory");
        }
        return attr;
    }

    /** A directory that may take a new entry; one in the trash counts as gone. */
    static Attr requireToAdd(MetaReads reads, long inode) throws FileError {
        return requireToAdd(reads, inode, false);
    }

    /** The same, where a directory that was removed may get back what was in it. */
    static Attr requireToAdd(MetaReads reads, long inode, boolean mayBeRemoved) throws FileError {
        if (Trash.isTrash(inode)) {
            throw new FileError(FileError.Kind.NOT_PERMITTED, "nothing is made in the trash");
        }
        Attr attr = require(reads, inode);
        if (Trash.isTrash(attr.parent()) && !mayBeRemoved) {
            throw new FileError(FileError.Kind.NOT_FOUND, "the directory was removed");
        }
        Flags.requireNone(attr, Flags.IMMUTABLE);
        return attr;
    }

    /** A directory whose entries may be taken away. */
    static Attr requireToRemove(MetaReads reads, long inode) throws FileError {
        Attr attr = require(reads, inode);
        Flags.requireNone(attr, Flags.IMMUTABLE | Flags.APPEND_ONLY);
        return attr;
    }

    /** Fails with INVALID when {@code directory} is {@code above} or below it: all that is between is watched. */
    static void requireNotInside(MetaReads reads, long directory, long above) throws FileError {
        long at = directory;
        for (int i = 0; i < MAX_DEPTH; i++) {
            if (at == above) {
                throw new FileError(FileError.Kind.INVALID, "a directory cannot be moved into itself");
            }
            if (at == FileTree.ROOT || Trash.isTrash(at)) {
                return;
            }
            at = require(reads, at).parent();
        }
        throw new FileError(FileError.Kind.IO, "the directories above inode " + directory + " form a loop");
    }
}
