package io.blockring.fuseclient;

import io.blockring.meta.Attr;
import io.blockring.meta.Entry;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/** Tells the kernel of inodes, for how long it may believe it, and remembers what it was told. */
final class InodeReplies {
    private final Duration entryTtl;
    private final Duration attributeTtl;
    private final Notifications notifications;
    private final ToldAttributes told = new ToldAttributes();

    InodeReplies(FuseSettings settings, Notifications notifications) {
        this.entryTtl = settings.entryTtl();
        this.attributeTtl = settings.attributeTtl();
        this.notifications = notifications;
    }

    long entry(MemorySegment at, Entry entry) {
        told.told(entry.inode(), entry.attr());
        return ReplyBody.writeEntry(at, entry.inode(), entry.attr(), entryTtl, attributeTtl);
    }

    long attributes(MemorySegment at, long inode, Attr attr) {
        told.told(inode, attr);
        return ReplyBody.writeAttributes(at, inode, attr, attributeTtl);
    }

    /** Makes the kernel forget what it was told of {@code inode}, if {@code attr} is something else. */
    void correct(long inode, Attr attr) {
        if (!told.isLastTold(inode, attr)) {
            notifications.forgetAttributes(inode);
        }
    }
}
