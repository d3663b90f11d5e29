package io.blockring.fuseclient;

import static io.blockring.fuseclient.KernelStruct.offsetOf;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.blockring.meta.Attr;
import io.blockring.meta.Entry;
import io.blockring.meta.FileType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Packs directory entries into the room the kernel gives.
 *
 * <pre>
 *   READDIR:                              | inode 8 | cookie 8 | length 4 | type 4 | name | zeros to 8 |
 *   READDIRPLUS: | struct fuse_entry_out  | inode 8 | cookie 8 | length 4 | type 4 | name | zeros to 8 |
 * </pre>
 *
 * <p>The cookie of an entry is where reading goes on behind it.
 */
final class DirectoryPage {
    private static final long INODE = offsetOf(ReplyBody.DIRECTORY_ENTRY, "ino");
    private static final long COOKIE = offsetOf(ReplyBody.DIRECTORY_ENTRY, "off");
    private static final long NAME_BYTES = offsetOf(ReplyBody.DIRECTORY_ENTRY, "namelen");
    private static final long TYPE = offsetOf(ReplyBody.DIRECTORY_ENTRY, "type");
    private static final long NAME = ReplyBody.DIRECTORY_ENTRY.byteSize();

    /** A guess, so that a page asks for about as many entries as will fit. */
    private static final int USUAL_NAME_BYTES = 24;

    private final MemorySegment room;
    private final boolean withAttributes;
    private final InodeReplies inodes;
    private long used;

    DirectoryPage(MemorySegment room, boolean withAttributes, InodeReplies inodes) {
        this.room = room;
        this.withAttributes = withAttributes;
        this.inodes = inodes;
    }

    /**
     * Adds an entry; without attributes the kernel learns its name and type only.
     *
     * @return whether there was room
     */
    boolean add(byte[] name, long inode, FileType type, @Nullable Attr attr, long cookie) {
        long entryBytes = entryBytes(name.length);
        if (used + entryBytes > room.byteSize()) {
            return false;
        }
        MemorySegment entry = room.asSlice(used, entryBytes).fill((byte) 0);
        if (withAttributes && attr != null) {
            inodes.entry(entry, new Entry(inode, attr));
        }
        MemorySegment dirent = withAttributes ? entry.asSlice(ReplyBody.ENTRY.byteSize()) : entry;
        dirent.set(JAVA_LONG, INODE, inode);
        dirent.set(JAVA_LONG, COOKIE, cookie);
        dirent.set(JAVA_INT, NAME_BYTES, name.length);
        dirent.set(JAVA_INT, TYPE, FileMode.directoryEntryType(type));
        MemorySegment.copy(name, 0, dirent, JAVA_BYTE, NAME, name.length);
        used += entryBytes;
        return true;
    }

    private long entryBytes(int nameBytes) {
        long dirent = (NAME + nameBytes + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
        return withAttributes ? ReplyBody.ENTRY.byteSize() + dirent : dirent;
    }

    /** About how many more entries have room, at least one. */
    int roomForEntries() {
        return (int) Math.max(1, (room.byteSize() - used) / entryBytes(USUAL_NAME_BYTES));
    }

    long usedBytes() {
        return used;
    }
}
