package io.blockring.meta;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The tree of files of one volume: every rule of a file system that needs no data.
 *
 * <p>Each method is one transaction: it happens whole or not at all, and a crash between two of them leaves a valid
 * volume. It fails with {@link FileError}: IO when the engine did not answer within its deadline, the others as
 * POSIX names them for the system call of that name. Mode bits are checked by the kernel, ownership here.
 *
 * <p>Safe for use by many threads.
 */
public interface FileTree extends AutoCloseable {
    long ROOT = 1;

    /** The inode of the trash, and the least of those of its hourly folders. */
    long TRASH = 0x7FFF_FFFF_1000_0000L;

    /** Bytes of a chunk: slices are recorded per chunk and never cross one. */
    int CHUNK_BYTES = 64 << 20;

    /** The settings of the volume as they are now; another client may change them. */
    VolumeFormat format();

    Entry lookup(long parent, Name name) throws FileError;

    Attr attributes(long inode) throws FileError;

    Attr change(Caller caller, long inode, AttrChange change) throws FileError;

    /** Makes a file or a special file; the caller's umask counts where the directory has no default list. */
    Entry makeNode(Caller caller, long parent, Name name, FileType type, int mode, int rdev) throws FileError;

    /** Makes a file that has one open handle from the start, as {@link #open} counts them, so that none takes it away. */
    default Entry create(Caller caller, long parent, Name name, int mode) throws FileError {
        Entry made = makeNode(caller, parent, name, FileType.FILE, mode, 0);
        return new Entry(made.inode(), open(made.inode()));
    }

    Entry makeDirectory(Caller caller, long parent, Name name, int mode) throws FileError;

    Entry makeSymlink(Caller caller, long parent, Name name, byte[] target) throws FileError;

    byte[] readSymlink(long inode) throws FileError;

    /** Takes the entry away; data of a file goes when its last link and its last open handle are gone. */
    void unlink(Caller caller, long parent, Name name) throws FileError;

    void removeDirectory(Caller caller, long parent, Name name) throws FileError;

    void rename(Caller caller, long parent, Name name, long newParent, Name newName, RenameMode mode) throws FileError;

    Entry link(Caller caller, long inode, long newParent, Name newName) throws FileError;

    /**
     * At most {@code limit} entries behind {@code after} in byte order, without {@code .} and {@code ..}; fewer
     * only at the end of the directory.
     *
     * @param after null starts at the first one; need not exist
     */
    List<Dentry> list(long directory, @Nullable Name after, int limit, boolean withAttributes) throws FileError;

    /** Counts an open handle of this session, so that the inode outlives its last link. */
    Attr open(long inode) throws FileError;

    /**
     * As {@link #open(long)}, but without asking where {@code known} gives attributes: it is called while nobody in this
     * process can take the inode's last name away.
     */
    default Attr open(long inode, Supplier<@Nullable Attr> known) throws FileError {
        return open(inode);
    }

    /** Takes back one {@link #open}; the last one of an unlinked inode deletes it. */
    void close(long inode) throws FileError;

    /** A slice id that nobody else has or will have. */
    long newSliceId() throws FileError;

    /**
     * The records of a chunk, oldest first; none when the chunk is a hole, NOT_FOUND when the file is gone with all of
     * its data.
     */
    List<SliceRecord> slices(long inode, int chunk) throws FileError;

    /** What was said of the inode proved to be old: who keeps such things asks anew. */
    default void distrust(long inode) {}

    /**
     * Records that an inode was read at {@code at}, where {@code times} wants it so; all other times stay.
     *
     * @return the attributes since
     */
    default Attr accessed(long inode, Timestamp at, AccessTimes times) throws FileError {
        return attributes(inode);
    }

    /**
     * Lays a slice over a chunk once all of its blocks are durable, and makes the file at least long enough.
     *
     * @return the attributes after it
     * @throws FileError NOT_FOUND when the file is gone: the slice's objects are then the caller's to delete
     */
    Attr append(long inode, int chunk, SliceRecord slice, Timestamp mtime) throws FileError;

    /** Makes the file {@code length} bytes long; what is new is zeros. */
    Attr truncate(Caller caller, long inode, long length) throws FileError;

    /**
     * Makes the bytes from {@code offset} on zeros, for {@code length} of them, without keeping data for them; the file
     * grows to their end, or with {@code keepSize} ends where it does.
     */
    Attr zeroRange(long inode, long offset, long length, boolean keepSize) throws FileError;

    /**
     * Makes bytes of one file bytes of another, or of itself, without copying them: both refer to the same slices. The
     * ranges may begin anywhere, and not overlap.
     */
    Copied copyRange(long source, long sourceOffset, long target, long targetOffset, long length) throws FileError;

    /**
     * What a copy did.
     *
     * @param bytes fewer than were asked for only where the source ends
     * @param target the attributes of the file that has them now
     */
    record Copied(long bytes, Attr target) {}

    byte[] extendedAttribute(long inode, Name name) throws FileError;

    List<Name> extendedAttributes(long inode) throws FileError;

    void setExtendedAttribute(long inode, Name name, byte[] value, AttributeMode mode) throws FileError;

    void removeExtendedAttribute(long inode, Name name) throws FileError;

    /** An access control list of an inode, or null; NOT_SUPPORTED where the volume keeps none. */
    @Nullable
    AclRule acl(long inode, AclKind kind) throws FileError;

    /** Gives an inode an access control list, or with null takes it away; the mode changes with it. */
    void setAcl(Caller caller, long inode, AclKind kind, @Nullable AclRule rule) throws FileError;

    /** The locks on files, also those of other sessions. */
    FileLocks locks();

    VolumeUsage usage() throws FileError;

    /**
     * Returns once everything done before would outlive the loss of the machine's power. {@link #append} and
     * {@link #copyRange} are that on their own; names and attributes outlive the process at once, and the machine after this.
     */
    default void sync() throws FileError {}

    /** Ends the session: its sustained inodes are deleted and its counters written. */
    @Override
    void close();

    /** What setting an extended attribute does with one that is there or is missing. */
    enum AttributeMode {
        CREATE_OR_REPLACE,
        CREATE,
        REPLACE
    }
}
