package io.blockring.fuseclient;

import static io.blockring.fuseclient.KernelStruct.offsetOf;
import static io.blockring.fuseclient.KernelStruct.struct;
import static io.blockring.fuseclient.KernelStruct.u32;
import static io.blockring.fuseclient.KernelStruct.u32Array;
import static io.blockring.fuseclient.KernelStruct.u64;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.blockring.meta.FileError;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/** The structs at the head of requests' bodies: each a view of the buffer, laid out as the kernel does. */
final class RequestBody {
    private RequestBody() {}

    /** The first request: what the kernel can do. */
    record Init(MemorySegment at) {
        static final StructLayout LAYOUT = struct(
                "fuse_init_in",
                u32("major"),
                u32("minor"),
                u32("max_readahead"),
                u32("flags"),
                u32("flags2"),
                u32Array("unused", 11));

        private static final long MAJOR = offsetOf(LAYOUT, "major");
        private static final long MINOR = offsetOf(LAYOUT, "minor");
        private static final long FLAGS = offsetOf(LAYOUT, "flags");
        private static final long FLAGS2 = offsetOf(LAYOUT, "flags2");

        int major() {
            return at.get(JAVA_INT, MAJOR);
        }

        int minor() {
            return at.get(JAVA_INT, MINOR);
        }

        /** Both words of flags; the second one is there only where the first one says so. */
        long flags() {
            long flags = Integer.toUnsignedLong(at.get(JAVA_INT, FLAGS));
            boolean extended = (flags & InitFlag.INIT_EXT.bit()) != 0 && at.byteSize() >= FLAGS2 + Integer.BYTES;
            return extended ? flags | (Integer.toUnsignedLong(at.get(JAVA_INT, FLAGS2)) << Integer.SIZE) : flags;
        }
    }

    /** SETATTR: which attributes to set, and their values. */
    record SetAttributes(MemorySegment at) {
        static final StructLayout LAYOUT = struct(
                "fuse_setattr_in",
                u32("valid"),
                u32("padding"),
                u64("fh"),
                u64("size"),
                u64("lock_owner"),
                u64("atime"),
                u64("mtime"),
                u64("ctime"),
                u32("atimensec"),
                u32("mtimensec"),
                u32("ctimensec"),
                u32("mode"),
                u32("unused4"),
                u32("uid"),
                u32("gid"),
                u32("unused5"));

        private static final long VALID = offsetOf(LAYOUT, "valid");
        private static final long SIZE = offsetOf(LAYOUT, "size");
        private static final long ATIME = offsetOf(LAYOUT, "atime");
        private static final long MTIME = offsetOf(LAYOUT, "mtime");
        private static final long CTIME = offsetOf(LAYOUT, "ctime");
        private static final long ATIME_NANOS = offsetOf(LAYOUT, "atimensec");
        private static final long MTIME_NANOS = offsetOf(LAYOUT, "mtimensec");
        private static final long CTIME_NANOS = offsetOf(LAYOUT, "ctimensec");
        private static final long MODE = offsetOf(LAYOUT, "mode");
        private static final long UID = offsetOf(LAYOUT, "uid");
        private static final long GID = offsetOf(LAYOUT, "gid");

        static SetAttributes of(Request request) throws FileError {
            return new SetAttributes(request.layout(LAYOUT));
        }

        int valid() {
            return at.get(JAVA_INT, VALID);
        }

        long size() {
            return at.get(JAVA_LONG, SIZE);
        }

        long atime() {
            return at.get(JAVA_LONG, ATIME);
        }

        long mtime() {
            return at.get(JAVA_LONG, MTIME);
        }

        long ctime() {
            return at.get(JAVA_LONG, CTIME);
        }

        int atimeNanos() {
            return at.get(JAVA_INT, ATIME_NANOS);
        }

        int mtimeNanos() {
            return at.get(JAVA_INT, MTIME_NANOS);
        }

        int ctimeNanos() {
            return at.get(JAVA_INT, CTIME_NANOS);
        }

        int mode() {
            return at.get(JAVA_INT, MODE);
        }

        int uid() {
            return at.get(JAVA_INT, UID);
        }

        int gid() {
            return at.get(JAVA_INT, GID);
        }
    }

    /** MKNOD, then the name. */
    record MakeNode(MemorySegment at) {
        static final StructLayout LAYOUT =
                struct("fuse_mknod_in", u32("mode"), u32("rdev"), u32("umask"), u32("padding"));

        private static final long MODE = offsetOf(LAYOUT, "mode");
        private static final long RDEV = offsetOf(LAYOUT, "rdev");
        private static final long UMASK = offsetOf(LAYOUT, "umask");

        static MakeNode of(Request request) throws FileError {
            return new MakeNode(request.layout(LAYOUT));
        }

        int mode() {
            return at.get(JAVA_INT, MODE);
        }

        int rdev() {
            return at.get(JAVA_INT, RDEV);
        }

        int umask() {
            return at.get(JAVA_INT, UMASK);
        }
    }

    /** MKDIR, then the name. */
    record MakeDirectory(MemorySegment at) {
        static final StructLayout LAYOUT = struct("fuse_mkdir_in", u32("mode"), u32("umask"));

        private static final long MODE = offsetOf(LAYOUT, "mode");
        private static final long UMASK = offsetOf(LAYOUT, "umask");

        static MakeDirectory of(Request request) throws FileError {
            return new MakeDirectory(request.layout(LAYOUT));
        }

        int mode() {
            return at.get(JAVA_INT, MODE);
        }

        int umask() {
            return at.get(JAVA_INT, UMASK);
        }
    }

    /** RENAME, then the old and the new name. */
    record Rename(MemorySegment at) {
        static final StructLayout LAYOUT = struct("fuse_rename_in", u64("newdir"));

        private static final long NEW_PARENT = offsetOf(LAYOUT, "newdir");

        static Rename of(Request request) throws FileError {
            return new Rename(request.layout(LAYOUT));
        }

        long newParent() {
            return at.get(JAVA_LONG, NEW_PARENT);
        }
    }

    /** RENAME2, then the old and the new name. */
    record Rename2(MemorySegment at) {
        static final StructLayout LAYOUT = struct("fuse_rename2_in", u64("newdir"), u32("flags"), u32("padding"));

        private static final long NEW_PARENT = offsetOf(LAYOUT, "newdir");
        private static final long FLAGS = offsetOf(LAYOUT, "flags");

        static Rename2 of(Request request) throws FileError {
            return new Rename2(request.layout(LAYOUT));
        }

        long newParent() {
            return at.get(JAVA_LONG, NEW_PARENT);
        }

        int flags() {
            return at.get(JAVA_INT, FLAGS);
        }
    }

    /** LINK, then the new name. */
    record Link(MemorySegment at) {
        static final StructLayout LAYOUT = struct("fuse_link_in", u64("oldnodeid"));

        private static final long INODE = offsetOf(LAYOUT, "oldnodeid");

        static Link of(Request request) throws FileError {
            return new Link(request.layout(LAYOUT));
        }

        long inode() {
            return at.get(JAVA_LONG, INODE);
        }
    }

    /** OPEN and OPENDIR. */
    record Open(MemorySegment at) {
        static final StructLayout LAYOUT = struct("fuse_open_in", u32("flags"), u32("open_flags"));

        private static final long FLAGS = offsetOf(LAYOUT, "flags");

        static Open of(Request request) throws FileError {
            return new Open(request.layout(LAYOUT));
        }

        int flags() {
            return at.get(JAVA_INT, FLAGS);
        }
    }

    /** CREATE, then the name. */
    record Create(MemorySegment at) {
        static final StructLayout LAYOUT =
                struct("fuse_create_in", u32("flags"), u32("mode"), u32("umask"), u32("open_flags"));

        private static final long FLAGS = offsetOf(LAYOUT, "flags");
        private static final long MODE = offsetOf(LAYOUT, "mode");
        private static final long UMASK = offsetOf(LAYOUT, "umask");

        static Create of(Request request) throws FileError {
            return new Create(request.layout(LAYOUT));
        }

        int flags() {
            return at.get(JAVA_INT, FLAGS);
        }

        int mode() {
            return at.get(JAVA_INT, MODE);
        }

        int umask() {
            return at.get(JAVA_INT, UMASK);
        }
    }

    /** READ, READDIR and READDIRPLUS. */
    record Read(MemorySegment at) {
        static final StructLayout LAYOUT = struct(
                "fuse_read_in",
                u64("fh"),
                u64("offset"),
                u32("size"),
                u32("read_flags"),
                u64("lock_owner"),
                u32("flags"),
                u32("padding"));

        private static final long HANDLE = offsetOf(LAYOUT, "fh");
        private static final long OFFSET = offsetOf(LAYOUT, "offset");
        private static final long SIZE = offsetOf(LAYOUT, "size");

        static Read of(Request request) throws FileError {
            return new Read(request.layout(LAYOUT));
        }

        long handle() {
            return at.get(JAVA_LONG, HANDLE);
        }

        long offset() {
            return at.get(JAVA_LONG, OFFSET);
        }

        int size() {
            return at.get(JAVA_INT, SIZE);
        }
    }

    /** WRITE, then the data. */
    record Write(MemorySegment at) {
        static final StructLayout LAYOUT = struct(
                "fuse_write_in",
                u64("fh"),
                u64("offset"),
                u32("size"),
                u32("write_flags"),
                u64("lock_owner"),
                u32("flags"),
                u32("padding"));

        private static final long HANDLE = offsetOf(LAYOUT, "fh");
        private static final long OFFSET = offsetOf(LAYOUT, "offset");
        private static final long SIZE = offsetOf(LAYOUT, "size");

        static Write of(Request request) throws FileError {
            return new Write(request.layout(LAYOUT));
        }

        long handle() {
            return at.get(JAVA_LONG, HANDLE);
        }

        long offset() {
            return at.get(JAVA_LONG, OFFSET);
        }

        int size() {
            return at.get(JAVA_INT, SIZE);
        }
    }

    /** RELEASE and RELEASEDIR. */
    record Release(MemorySegment at) {
        static final StructLayout LAYOUT =
                struct("fuse_release_in", u64("fh"), u32("flags"), u32("release_flags"), u64("lock_owner"));

        private static final long HANDLE = offsetOf(LAYOUT, "fh");
        private static final long FLAGS = offsetOf(LAYOUT, "release_flags");
        private static final long LOCK_OWNER = offsetOf(LAYOUT, "lock_owner");

        static Release of(Request request) throws FileError {
            return new Release(request.layout(LAYOUT));
        }

        long handle() {
            return at.get(JAVA_LONG, HANDLE);
        }

        int flags() {
            return at.get(JAVA_INT, FLAGS);
        }

        long lockOwner() {
            return at.get(JAVA_LONG, LOCK_OWNER);
        }
    }

    /** GETLK, SETLK and SETLKW. */
    record Lock(MemorySegment at) {
        static final StructLayout RANGE = struct("fuse_file_lock", u64("start"), u64("end"), u32("type"), u32("pid"));
        static final StructLayout LAYOUT =
                struct("fuse_lk_in", u64("fh"), u64("owner"), RANGE.withName("lk"), u32("lk_flags"), u32("padding"));

        private static final long HANDLE = offsetOf(LAYOUT, "fh");
        private static final long OWNER = offsetOf(LAYOUT, "owner");
        private static final long START = offsetOf(LAYOUT, "lk") + offsetOf(RANGE, "start");
        private static final long END = offsetOf(LAYOUT, "lk") + offsetOf(RANGE, "end");
        private static final long TYPE = offsetOf(LAYOUT, "lk") + offsetOf(RANGE, "type");
        private static final long PID = offsetOf(LAYOUT, "lk") + offsetOf(RANGE, "pid");
        private static final long FLAGS = offsetOf(LAYOUT, "lk_flags");

        static Lock of(Request request) throws FileError {
            return new Lock(request.layout(LAYOUT));
        }

        long handle() {
            return at.get(JAVA_LONG, HANDLE);
        }

        long owner() {
            return at.get(JAVA_LONG, OWNER);
        }

        long start() {
            return at.get(JAVA_LONG, START);
        }

        long end() {
            return at.get(JAVA_LONG, END);
        }

        int type() {
            return at.get(JAVA_INT, TYPE);
        }

        int pid() {
            return at.get(JAVA_INT, PID);
        }

        int flags() {
            return at.get(JAVA_INT, FLAGS);
        }
    }

    /** FLUSH. */
    record Flush(MemorySegment at) {
        static final StructLayout LAYOUT =
                struct("fuse_flush_in", u64("fh"), u32("unused"), u32("padding"), u64("lock_owner"));

        private static final long HANDLE = offsetOf(LAYOUT, "fh");
        private static final long LOCK_OWNER = offsetOf(LAYOUT, "lock_owner");

        static Flush of(Request request) throws FileError {
            return new Flush(request.layout(LAYOUT));
        }

        long handle() {
            return at.get(JAVA_LONG, HANDLE);
        }

        long lockOwner() {
            return at.get(JAVA_LONG, LOCK_OWNER);
        }
    }

    /** FSYNC and FSYNCDIR. */
    record Sync(MemorySegment at) {
        static final StructLayout LAYOUT = struct("fuse_fsync_in", u64("fh"), u32("fsync_flags"), u32("padding"));

        private static final long HANDLE = offsetOf(LAYOUT, "fh");

        static Sync of(Request request) throws FileError {
            return new Sync(request.layout(LAYOUT));
        }

        long handle() {
            return at.get(JAVA_LONG, HANDLE);
        }
    }

    /**
     * SETXATTR, then the name, then the value. The kernel sends the first {@link #SENT_BYTES} bytes only, as long as
     * SETXATTR_EXT is not agreed on.
     */
    record SetExtendedAttribute(MemorySegment at) {
        static final StructLayout LAYOUT =
                struct("fuse_setxattr_in", u32("size"), u32("flags"), u32("setxattr_flags"), u32("padding"));

        static final long SENT_BYTES = 8;

        private static final long SIZE = offsetOf(LAYOUT, "size");
        private static final long FLAGS = offsetOf(LAYOUT, "flags");

        static SetExtendedAttribute of(Request request) throws FileError {
            return new SetExtendedAttribute(request.bytes(0, SENT_BYTES));
        }

        int size() {
            return at.get(JAVA_INT, SIZE);
        }

        int flags() {
            return at.get(JAVA_INT, FLAGS);
        }
    }

    /** GETXATTR, then the name; and LISTXATTR. */
    record GetExtendedAttribute(MemorySegment at) {
        static final StructLayout LAYOUT = struct("fuse_getxattr_in", u32("size"), u32("padding"));

        private static final long SIZE = offsetOf(LAYOUT, "size");

        static GetExtendedAttribute of(Request request) throws FileError {
            return new GetExtendedAttribute(request.layout(LAYOUT));
        }

        int size() {
            return at.get(JAVA_INT, SIZE);
        }
    }

    /** INTERRUPT: of which request. */
    record Interrupt(MemorySegment at) {
        static final StructLayout LAYOUT = struct("fuse_interrupt_in", u64("unique"));

        private static final long UNIQUE = offsetOf(LAYOUT, "unique");

        static Interrupt of(Request request) throws FileError {
            return new Interrupt(request.layout(LAYOUT));
        }

        long unique() {
            return at.get(JAVA_LONG, UNIQUE);
        }
    }

    /** FALLOCATE. */
    record Allocate(MemorySegment at) {
        static final StructLayout LAYOUT =
                struct("fuse_fallocate_in", u64("fh"), u64("offset"), u64("length"), u32("mode"), u32("padding"));

        private static final long HANDLE = offsetOf(LAYOUT, "fh");
        private static final long OFFSET = offsetOf(LAYOUT, "offset");
        private static final long LENGTH = offsetOf(LAYOUT, "length");
        private static final long MODE = offsetOf(LAYOUT, "mode");

        static Allocate of(Request request) throws FileError {
            return new Allocate(request.layout(LAYOUT));
        }

        long handle() {
            return at.get(JAVA_LONG, HANDLE);
        }

        long offset() {
            return at.get(JAVA_LONG, OFFSET);
        }

        long length() {
            return at.get(JAVA_LONG, LENGTH);
        }

        int mode() {
            return at.get(JAVA_INT, MODE);
        }
    }

    /** COPY_FILE_RANGE, sent to the node that is copied from. */
    record CopyRange(MemorySegment at) {
        static final StructLayout LAYOUT = struct(
                "fuse_copy_file_range_in",
                u64("fh_in"),
                u64("off_in"),
                u64("nodeid_out"),
                u64("fh_out"),
                u64("off_out"),
                u64("len"),
                u64("flags"));

        private static final long HANDLE = offsetOf(LAYOUT, "fh_in");
        private static final long OFFSET = offsetOf(LAYOUT, "off_in");
        private static final long TARGET_HANDLE = offsetOf(LAYOUT, "fh_out");
        private static final long TARGET_OFFSET = offsetOf(LAYOUT, "off_out");
        private static final long LENGTH = offsetOf(LAYOUT, "len");
        private static final long FLAGS = offsetOf(LAYOUT, "flags");

        static CopyRange of(Request request) throws FileError {
            return new CopyRange(request.layout(LAYOUT));
        }

        long handle() {
            return at.get(JAVA_LONG, HANDLE);
        }

        long offset() {
            return at.get(JAVA_LONG, OFFSET);
        }

        long targetHandle() {
            return at.get(JAVA_LONG, TARGET_HANDLE);
        }

        long targetOffset() {
            return at.get(JAVA_LONG, TARGET_OFFSET);
        }

        long length() {
            return at.get(JAVA_LONG, LENGTH);
        }

        long flags() {
            return at.get(JAVA_LONG, FLAGS);
        }
    }

    /** LSEEK. */
    record Seek(MemorySegment at) {
        static final StructLayout LAYOUT =
                struct("fuse_lseek_in", u64("fh"), u64("offset"), u32("whence"), u32("padding"));

        private static final long HANDLE = offsetOf(LAYOUT, "fh");
        private static final long OFFSET = offsetOf(LAYOUT, "offset");
        private static final long WHENCE = offsetOf(LAYOUT, "whence");

        static Seek of(Request request) throws FileError {
            return new Seek(request.layout(LAYOUT));
        }

        long handle() {
            return at.get(JAVA_LONG, HANDLE);
        }

        long offset() {
            return at.get(JAVA_LONG, OFFSET);
        }

        int whence() {
            return at.get(JAVA_INT, WHENCE);
        }
    }
}
