package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.FileType;
import io.blockring.meta.Timestamp;

/** Attributes while a rule changes them. */
final class AttrDraft {
    static final int DIRECTORY_BYTES = 4096;

    private final Attr from;
    int mode;
    int uid;
    int gid;
    Timestamp atime;
    Timestamp mtime;
    Timestamp ctime;
    int nlink;
    long length;
    long parent;
    int accessAcl;
    int defaultAcl;

    AttrDraft(Attr from) {
        this.from = from;
        mode = from.mode();
        uid = from.uid();
        gid = from.gid();
        atime = from.atime();
        mtime = from.mtime();
        ctime = from.ctime();
        nlink = from.nlink();
        length = from.length();
        parent = from.parent();
        accessAcl = from.accessAcl();
        defaultAcl = from.defaultAcl();
    }

    /** Attributes of something made now, with one link, or two for a directory. */
    static AttrDraft of(FileType type, int mode, int rdev, long parent, Timestamp now) {
        boolean directory = type == FileType.DIRECTORY;
        return new AttrDraft(new Attr(
                0,
                type,
                mode,
                0,
                0,
                now,
                now,
                now,
                directory ? 2 : 1,
                directory ? DIRECTORY_BYTES : 0,
                rdev,
                parent,
                0,
                0,
                0));
    }

    /** The content was changed: both times that say so. */
    AttrDraft modified(Timestamp now) {
        mtime = now;
        ctime = now;
        return this;
    }

    Attr done() {
        return new Attr(
                from.flags(),
                from.type(),
                mode,
                uid,
                gid,
                atime,
                mtime,
                ctime,
                nlink,
                length,
                from.rdev(),
                parent,
                accessAcl,
                defaultAcl,
                from.tier());
    }
}
