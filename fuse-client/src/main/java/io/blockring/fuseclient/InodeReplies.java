package io.blockring.fuseclient;

import io.blockring.meta.Attr;
import io.blockring.meta.Entry;
import io.blockring.meta.FileType;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/** Tells the kernel of inodes, for how long it may believe it, and remembers what it was told. */
final class InodeReplies {
    private final FuseSettings.Trust trust;
    private final Notifications notifications;
    private final ToldAttributes told = new ToldAttributes();

    InodeReplies(FuseSettings settings, Notifications notifications) {
        this.trust = settings.trust();
        this.notifications = notifications;
    }

    long entry(MemorySegment at, Entry entry) {
        told.told(entry.inode(), entry.attr());
        Duration entryTtl = entry.attr().type() == FileType.DIRECTORY ? trust.directoryEntries() : trust.entries();
        return ReplyBody.writeEntry(at, entry.inode(), entry.attr(), entryTtl, trust.attributes());
    }

    /** Whether the kernel is to remember that there is no such name. */
    boolean tellsOfMissing() {
        return !trust.missingEntries().isZero();
    }

    /** There is no such name. */
    long missing(MemorySegment at) {
        return ReplyBody.writeMissing(at, trust.missingEntries());
    }

    long attributes(MemorySegment at, long inode, Attr attr) {
        told.told(inode, attr);
        return ReplyBody.writeAttributes(at, inode, attr, trust.attributes());
    }

    /** Makes the kernel forget what it was told of {@code inode}, if {@code attr} is something else. */
    void correct(long inode, Attr attr) {
        if (!told.isLastTold(inode, attr)) {
            notifications.forgetAttributes(inode);
        }
    }
}
