package io.blockring.filesystem;

import io.blockring.meta.AclKind;
import io.blockring.meta.AclRule;
import io.blockring.meta.Attr;
import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileLocks;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.VolumeUsage;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A POSIX file system as a library: what a kernel, a gateway or a test calls.
 *
 * <p>Inodes and handles are numbers; the kernel's node id is the inode number. Every wait has a deadline, after
 * which the operation fails with {@link FileError} IO. Attributes given out include data that was written but is
 * not yet committed. Safe for use by many threads.
 */
public interface FileSystem extends AutoCloseable {
    Entry lookup(Caller caller, long parent, Name name) throws FileError;

    Attr attributes(long inode) throws FileError;

    Attr change(Caller caller, long inode, AttrChange change) throws FileError;

    /** Makes the file {@code length} bytes long; data written before is kept in order with it. */
    Attr truncate(Caller caller, long inode, long length) throws FileError;

    Entry makeNode(Caller caller, long parent, Name name, FileType type, int mode, int rdev) throws FileError;

    Entry makeDirectory(Caller caller, long parent, Name name, int mode) throws FileError;

    Entry makeSymlink(Caller caller, long parent, Name name, byte[] target) throws FileError;

    byte[] readSymlink(long inode) throws FileError;

    void unlink(Caller caller, long parent, Name name) throws FileError;

    void removeDirectory(Caller caller, long parent, Name name) throws FileError;

    void rename(Caller caller, long parent, Name name, long newParent, Name newName, RenameMode mode) throws FileError;

    Entry link(Caller caller, long inode, long newParent, Name newName) throws FileError;

    /** How a file is opened: access and the two flags that change what writing means. */
    record OpenMode(boolean read, boolean write, boolean append, boolean truncate) {}

    /**
     * An open file.
     *
     * @param keepPages whether the kernel's pages of the inode still hold what the file holds
     */
    record Opened(long handle, Attr attr, boolean keepPages) {}

    record Created(Entry entry, long handle) {}

    Opened open(Caller caller, long inode, OpenMode mode) throws FileError;

    /** Makes a file and opens it, in one step; fails with EXISTS when the name is taken. */
    Created create(Caller caller, long parent, Name name, int mode, OpenMode openMode) throws FileError;

    /** Fills {@code into} from {@code offset} on; returns the bytes read, fewer only at the end of the file. */
    int read(long handle, long offset, MemorySegment into) throws FileError;

    /** Bytes of a file, in native memory where they lie. They stay what they are until it is closed. */
    interface Bytes extends AutoCloseable {
        MemorySegment memory();

        @Override
        void close();
    }

    /**
     * Reads as many bytes as {@code room} has from {@code offset} on, fewer only at the end of the file, without
     * copying them where they lie in memory in one piece; else they are in {@code room}.
     */
    default Bytes readInPlace(long handle, long offset, MemorySegment room) throws FileError {
        return new Copied(room.asSlice(0, read(handle, offset, room)));
    }

    /** Bytes in the memory of who asked for them. */
    record Copied(MemorySegment memory) implements Bytes {
        @Override
        public void close() {}
    }

    /** Takes all of {@code from}; it is durable after {@link #sync} or the last {@link #flush}. */
    int write(long handle, long offset, MemorySegment from) throws FileError;

    /**
     * Makes what was written to the file durable and visible, if the handle may write. Data that was lost is reported
     * here or by {@link #sync}, once to each handle that wrote.
     */
    void flush(long handle) throws FileError;

    /** Makes what was written to the file durable and visible, and its names and attributes durable. */
    void sync(long handle) throws FileError;

    /** Ends the handle; what a flush did not write is written now, and a failure is only logged. */
    void release(long handle);

    /** The first data (or hole) at or behind {@code offset}; the end of the file counts as a hole. */
    long seek(long handle, long offset, boolean forData) throws FileError;

    /** Makes the file at least {@code offset + length} bytes long (fallocate, mode 0). */
    void allocate(long handle, long offset, long length) throws FileError;

    /** Makes {@code length} bytes zeros; the file grows to their end, or with {@code keepSize} ends where it does. */
    void zeroRange(long handle, long offset, long length, boolean keepSize) throws FileError;

    /**
     * Makes bytes of one file bytes of another, or of itself, without moving them; it is durable when it returns. The
     * ranges may not overlap.
     *
     * @return the bytes copied, fewer than {@code length} only where the source ends
     */
    long copyRange(long source, long sourceOffset, long target, long targetOffset, long length) throws FileError;

    long openDirectory(Caller caller, long inode) throws FileError;

    /**
     * The entries behind cursor {@code cursor} (0 starts), in byte order, without {@code .} and {@code ..}. The
     * cursor behind the n-th entry returned is {@code cursor + n}.
     *
     * @return at most {@code limit} entries; none at the end
     */
    List<Dentry> list(long handle, long cursor, int limit, boolean withAttributes) throws FileError;

    /** Makes the entries of the directory durable. */
    default void syncDirectory(long handle) throws FileError {}

    void releaseDirectory(long handle);

    byte[] extendedAttribute(long inode, Name name) throws FileError;

    List<Name> extendedAttributes(long inode) throws FileError;

    void setExtendedAttribute(long inode, Name name, byte[] value, FileTree.AttributeMode mode) throws FileError;

    void removeExtendedAttribute(long inode, Name name) throws FileError;

    /** An access control list of an inode, or null; NOT_SUPPORTED where the volume keeps none. */
    @Nullable
    AclRule acl(long inode, AclKind kind) throws FileError;

    /** Gives an inode an access control list, or with null takes it away; the mode changes with it. */
    void setAcl(Caller caller, long inode, AclKind kind, @Nullable AclRule rule) throws FileError;

    /** The locks on files, also those of other mounts. */
    FileLocks locks();

    VolumeUsage usage() throws FileError;

    /** What the file system wants the kernel to forget; set once, before the first operation. */
    void tellKernel(@Nullable KernelCache kernel);

    /** The caches of whoever called us. */
    interface KernelCache {
        /** Drops the attributes of {@code inode}, and its pages from {@code offset} on (length 0: to the end). */
        void forgetInode(long inode, long offset, long length);

        /** Drops the name {@code name} of directory {@code parent}. */
        void forgetEntry(long parent, Name name);
    }

    /** Writes what is not written, ends all handles and the session. */
    @Override
    void close();
}
