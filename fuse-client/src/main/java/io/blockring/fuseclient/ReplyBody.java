package io.blockring.fuseclient;

import static io.blockring.fuseclient.KernelStruct.offsetOf;
import static io.blockring.fuseclient.KernelStruct.struct;
import static io.blockring.fuseclient.KernelStruct.u16;
import static io.blockring.fuseclient.KernelStruct.u32;
import static io.blockring.fuseclient.KernelStruct.u32Array;
import static io.blockring.fuseclient.KernelStruct.u64;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.blockring.meta.Attr;
import io.blockring.meta.VolumeUsage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.time.Duration;

/** Writes the structs of replies and notifications; each method answers how many bytes it wrote. */
final class ReplyBody {
    static final StructLayout HEADER = struct("fuse_out_header", u32("len"), u32("error"), u64("unique"));

    static final StructLayout INIT = struct(
            "fuse_init_out",
            u32("major"),
            u32("minor"),
            u32("max_readahead"),
            u32("flags"),
            u16("max_background"),
            u16("congestion_threshold"),
            u32("max_write"),
            u32("time_gran"),
            u16("max_pages"),
            u16("map_alignment"),
            u32("flags2"),
            u32Array("unused", 7));

    static final StructLayout ATTRIBUTES = struct(
            "fuse_attr",
            u64("ino"),
            u64("size"),
            u64("blocks"),
            u64("atime"),
            u64("mtime"),
            u64("ctime"),
            u32("atimensec"),
            u32("mtimensec"),
            u32("ctimensec"),
            u32("mode"),
            u32("nlink"),
            u32("uid"),
            u32("gid"),
            u32("rdev"),
            u32("blksize"),
            u32("flags"));

    static final StructLayout ATTR_OUT = struct(
            "fuse_attr_out", u64("attr_valid"), u32("attr_valid_nsec"), u32("dummy"), ATTRIBUTES.withName("attr"));

    static final StructLayout ENTRY = struct(
            "fuse_entry_out",
            u64("nodeid"),
            u64("generation"),
            u64("entry_valid"),
            u64("attr_valid"),
            u32("entry_valid_nsec"),
            u32("attr_valid_nsec"),
            ATTRIBUTES.withName("attr"));

    static final StructLayout OPEN = struct("fuse_open_out", u64("fh"), u32("open_flags"), u32("padding"));
    static final StructLayout WRITE = struct("fuse_write_out", u32("size"), u32("padding"));

    static final StructLayout STATFS = struct(
            "fuse_kstatfs",
            u64("blocks"),
            u64("bfree"),
            u64("bavail"),
            u64("files"),
            u64("ffree"),
            u32("bsize"),
            u32("namelen"),
            u32("frsize"),
            u32("padding"),
            u32Array("spare", 6));

    static final StructLayout EXTENDED_ATTRIBUTE_SIZE = struct("fuse_getxattr_out", u32("size"), u32("padding"));
    static final StructLayout LOCK = struct("fuse_lk_out", RequestBody.Lock.RANGE.withName("lk"));
    static final StructLayout SEEK = struct("fuse_lseek_out", u64("offset"));

    /** The name follows, and zeros up to the next multiple of 8 bytes. */
    static final StructLayout DIRECTORY_ENTRY =
            struct("fuse_dirent", u64("ino"), u64("off"), u32("namelen"), u32("type"));

    static final StructLayout FORGET_INODE = struct("fuse_notify_inval_inode_out", u64("ino"), u64("off"), u64("len"));

    /** The name follows, and a NUL. */
    static final StructLayout FORGET_ENTRY =
            struct("fuse_notify_inval_entry_out", u64("parent"), u32("namelen"), u32("flags"));

    /** What {@code stat} calls the preferred size of an I/O. */
    static final int PREFERRED_IO_BYTES = 64 << 10;

    private static final int STATFS_BLOCK_BYTES = 4096;
    private static final int SECTOR_BYTES = 512;
    private static final int MAX_NAME_BYTES = 255;

    private ReplyBody() {}

    static void writeHeader(MemorySegment at, long unique, int error, long byteCount) {
        at.set(JAVA_INT, offsetOf(HEADER, "len"), Math.toIntExact(byteCount));
        at.set(JAVA_INT, offsetOf(HEADER, "error"), error);
        at.set(JAVA_LONG, offsetOf(HEADER, "unique"), unique);
    }

    static long writeEntry(MemorySegment at, long inode, Attr attr, Duration entryTtl, Duration attributeTtl) {
        MemorySegment entry = at.asSlice(0, ENTRY.byteSize()).fill((byte) 0);
        entry.set(JAVA_LONG, Entry.NODE, inode);
        entry.set(JAVA_LONG, Entry.ENTRY_VALID, entryTtl.toSeconds());
        entry.set(JAVA_INT, Entry.ENTRY_VALID_NANOS, entryTtl.toNanosPart());
        entry.set(JAVA_LONG, Entry.ATTR_VALID, attributeTtl.toSeconds());
        entry.set(JAVA_INT, Entry.ATTR_VALID_NANOS, attributeTtl.toNanosPart());
        writeAttr(entry.asSlice(Entry.ATTR, ATTRIBUTES.byteSize()), inode, attr);
        return ENTRY.byteSize();
    }

    /** Node 0 says that there is no such name, for as long as the entry is valid. */
    static long writeMissing(MemorySegment at, Duration entryTtl) {
        MemorySegment entry = at.asSlice(0, ENTRY.byteSize()).fill((byte) 0);
        entry.set(JAVA_LONG, Entry.ENTRY_VALID, entryTtl.toSeconds());
        entry.set(JAVA_INT, Entry.ENTRY_VALID_NANOS, entryTtl.toNanosPart());
        return ENTRY.byteSize();
    }

    static long writeAttributes(MemorySegment at, long inode, Attr attr, Duration attributeTtl) {
        MemorySegment out = at.asSlice(0, ATTR_OUT.byteSize()).fill((byte) 0);
        out.set(JAVA_LONG, offsetOf(ATTR_OUT, "attr_valid"), attributeTtl.toSeconds());
        out.set(JAVA_INT, offsetOf(ATTR_OUT, "attr_valid_nsec"), attributeTtl.toNanosPart());
        writeAttr(out.asSlice(offsetOf(ATTR_OUT, "attr"), ATTRIBUTES.byteSize()), inode, attr);
        return ATTR_OUT.byteSize();
    }

    private static void writeAttr(MemorySegment at, long inode, Attr attr) {
        at.set(JAVA_LONG, Attributes.INODE, inode);
        at.set(JAVA_LONG, Attributes.SIZE, attr.length());
        at.set(JAVA_LONG, Attributes.BLOCKS, (attr.length() + SECTOR_BYTES - 1) / SECTOR_BYTES);
        at.set(JAVA_LONG, Attributes.ATIME, attr.atime().seconds());
        at.set(JAVA_LONG, Attributes.MTIME, attr.mtime().seconds());
        at.set(JAVA_LONG, Attributes.CTIME, attr.ctime().seconds());
        at.set(JAVA_INT, Attributes.ATIME_NANOS, attr.atime().nanos());
        at.set(JAVA_INT, Attributes.MTIME_NANOS, attr.mtime().nanos());
        at.set(JAVA_INT, Attributes.CTIME_NANOS, attr.ctime().nanos());
        at.set(JAVA_INT, Attributes.MODE, FileMode.ofType(attr.type()) | (attr.mode() & FileMode.PERMISSIONS));
        at.set(JAVA_INT, Attributes.LINKS, attr.nlink());
        at.set(JAVA_INT, Attributes.UID, attr.uid());
        at.set(JAVA_INT, Attributes.GID, attr.gid());
        at.set(JAVA_INT, Attributes.DEVICE, attr.rdev());
        at.set(JAVA_INT, Attributes.PREFERRED_IO, PREFERRED_IO_BYTES);
    }

    static long writeOpened(MemorySegment at, long handle, int openFlags) {
        MemorySegment out = at.asSlice(0, OPEN.byteSize()).fill((byte) 0);
        out.set(JAVA_LONG, offsetOf(OPEN, "fh"), handle);
        out.set(JAVA_INT, offsetOf(OPEN, "open_flags"), openFlags);
        return OPEN.byteSize();
    }

    /** The handle in what {@link #writeOpened} wrote. */
    static long openedHandle(MemorySegment at) {
        return at.get(JAVA_LONG, offsetOf(OPEN, "fh"));
    }

    static long writeWritten(MemorySegment at, int byteCount) {
        at.set(JAVA_INT, offsetOf(WRITE, "size"), byteCount);
        at.set(JAVA_INT, offsetOf(WRITE, "padding"), 0);
        return WRITE.byteSize();
    }

    static long writeUsage(MemorySegment at, VolumeUsage usage) {
        MemorySegment out = at.asSlice(0, STATFS.byteSize()).fill((byte) 0);
        long freeBlocks = usage.availableBytes() / STATFS_BLOCK_BYTES;
        out.set(JAVA_LONG, offsetOf(STATFS, "blocks"), usage.totalBytes() / STATFS_BLOCK_BYTES);
        out.set(JAVA_LONG, offsetOf(STATFS, "bfree"), freeBlocks);
        out.set(JAVA_LONG, offsetOf(STATFS, "bavail"), freeBlocks);
        out.set(JAVA_LONG, offsetOf(STATFS, "files"), usage.usedInodes() + usage.availableInodes());
        out.set(JAVA_LONG, offsetOf(STATFS, "ffree"), usage.availableInodes());
        out.set(JAVA_INT, offsetOf(STATFS, "bsize"), STATFS_BLOCK_BYTES);
        out.set(JAVA_INT, offsetOf(STATFS, "frsize"), STATFS_BLOCK_BYTES);
        out.set(JAVA_INT, offsetOf(STATFS, "namelen"), MAX_NAME_BYTES);
        return STATFS.byteSize();
    }

    static long writeExtendedAttributeSize(MemorySegment at, int byteCount) {
        at.set(JAVA_INT, offsetOf(EXTENDED_ATTRIBUTE_SIZE, "size"), byteCount);
        at.set(JAVA_INT, offsetOf(EXTENDED_ATTRIBUTE_SIZE, "padding"), 0);
        return EXTENDED_ATTRIBUTE_SIZE.byteSize();
    }

    static long writeLock(MemorySegment at, long start, long end, int type, int pid) {
        StructLayout range = RequestBody.Lock.RANGE;
        at.set(JAVA_LONG, offsetOf(range, "start"), start);
        at.set(JAVA_LONG, offsetOf(range, "end"), end);
        at.set(JAVA_INT, offsetOf(range, "type"), type);
        at.set(JAVA_INT, offsetOf(range, "pid"), pid);
        return LOCK.byteSize();
    }

    static long writeSeekOffset(MemorySegment at, long offset) {
        at.set(JAVA_LONG, offsetOf(SEEK, "offset"), offset);
        return SEEK.byteSize();
    }

    static long writeInit(MemorySegment at, Handshake.Agreed agreed) {
        MemorySegment out = at.asSlice(0, INIT.byteSize()).fill((byte) 0);
        out.set(JAVA_INT, offsetOf(INIT, "major"), Handshake.MAJOR);
        out.set(JAVA_INT, offsetOf(INIT, "minor"), agreed.minor());
        out.set(JAVA_INT, offsetOf(INIT, "max_readahead"), agreed.readAheadBytes());
        out.set(JAVA_INT, offsetOf(INIT, "flags"), (int) agreed.flags());
        out.set(JAVA_INT, offsetOf(INIT, "flags2"), (int) (agreed.flags() >>> Integer.SIZE));
        out.set(JAVA_SHORT, offsetOf(INIT, "max_background"), (short) agreed.backgroundRequests());
        out.set(JAVA_SHORT, offsetOf(INIT, "congestion_threshold"), (short) agreed.congestedRequests());
        out.set(JAVA_INT, offsetOf(INIT, "max_write"), agreed.maxWriteBytes());
        out.set(JAVA_INT, offsetOf(INIT, "time_gran"), 1);
        out.set(JAVA_SHORT, offsetOf(INIT, "max_pages"), (short) agreed.maxPages());
        return INIT.byteSize();
    }

    /** Offsets that are needed for each entry of a directory. */
    private static final class Entry {
        static final long NODE = offsetOf(ENTRY, "nodeid");
        static final long ENTRY_VALID = offsetOf(ENTRY, "entry_valid");
        static final long ENTRY_VALID_NANOS = offsetOf(ENTRY, "entry_valid_nsec");
        static final long ATTR_VALID = offsetOf(ENTRY, "attr_valid");
        static final long ATTR_VALID_NANOS = offsetOf(ENTRY, "attr_valid_nsec");
        static final long ATTR = offsetOf(ENTRY, "attr");
    }

    private static final class Attributes {
        static final long INODE = offsetOf(ATTRIBUTES, "ino");
        static final long SIZE = offsetOf(ATTRIBUTES, "size");
        static final long BLOCKS = offsetOf(ATTRIBUTES, "blocks");
        static final long ATIME = offsetOf(ATTRIBUTES, "atime");
        static final long MTIME = offsetOf(ATTRIBUTES, "mtime");
        static final long CTIME = offsetOf(ATTRIBUTES, "ctime");
        static final long ATIME_NANOS = offsetOf(ATTRIBUTES, "atimensec");
        static final long MTIME_NANOS = offsetOf(ATTRIBUTES, "mtimensec");
        static final long CTIME_NANOS = offsetOf(ATTRIBUTES, "ctimensec");
        static final long MODE = offsetOf(ATTRIBUTES, "mode");
        static final long LINKS = offsetOf(ATTRIBUTES, "nlink");
        static final long UID = offsetOf(ATTRIBUTES, "uid");
        static final long GID = offsetOf(ATTRIBUTES, "gid");
        static final long DEVICE = offsetOf(ATTRIBUTES, "rdev");
        static final long PREFERRED_IO = offsetOf(ATTRIBUTES, "blksize");
    }
}
