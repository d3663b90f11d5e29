package io.blockring.meta.engine;

import io.blockring.meta.AclRule;
import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import io.blockring.meta.RangeLock;
import io.blockring.meta.SliceRecord;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Typed reads of the records of one volume. A record that is not there is null, an empty list or 0. What takes a limit
 * goes in ascending order and returns fewer records only at the end.
 *
 * <p>Every read fails with FileError IO when the engine does not answer within its deadline, or holds bytes that are
 * no record of the volume format.
 */
public interface MetaReads {
    /** The settings of the volume as JSON text. */
    byte @Nullable [] setting() throws FileError;

    @Nullable
    Attr attr(long inode) throws FileError;

    /** The attributes of many inodes in one round trip, in their order, null where there are none. */
    List<@Nullable Attr> attrs(List<Long> inodes) throws FileError;

    @Nullable
    Child child(long directory, Name name) throws FileError;

    /** Entries behind {@code after} in the order of their bytes, without attributes; null starts at the first. */
    List<Dentry> children(long directory, @Nullable Name after, int limit) throws FileError;

    /**
     * What listed entries name now, with its attributes: null where an entry or its inode is gone. A listing may be older
     * than the moment at which it is shown.
     */
    List<@Nullable Entry> entries(long directory, List<Dentry> listed) throws FileError;

    boolean hasChildren(long directory) throws FileError;

    byte @Nullable [] symlink(long inode) throws FileError;

    byte @Nullable [] xattr(long inode, Name name) throws FileError;

    List<Name> xattrNames(long inode) throws FileError;

    /** How many links each directory has to a file that has, or had, several; none counts below 1. */
    Map<Long, Long> parents(long inode) throws FileError;

    /** The records of a chunk, oldest first. */
    List<SliceRecord> slices(long inode, int chunk) throws FileError;

    /**
     * The chunks of an inode that have records, from {@code from} on: all below {@code bound}, and those behind it only
     * where chunks are in order. Where they are not, each below it is asked for.
     */
    List<Integer> chunks(long inode, int from, int bound, int limit) throws FileError;

    /** The last {@code limit} chunks of an inode that have records, from {@code from} on and below {@code bound}, ascending. */
    List<Integer> lastChunks(long inode, int from, int bound, int limit) throws FileError;

    /** References to a slice beyond the first: 0 is one reference, below 0 none. */
    long extraReferences(SliceKey slice) throws FileError;

    /** Whether a slice has a record of its references at all, were it one of 0. */
    boolean countsReferences(SliceKey slice) throws FileError;

    /** Whether these delayed slices still wait. */
    boolean isDelayed(DelayedSlices slices) throws FileError;

    /** What lies in a directory; null where nobody has counted it. */
    @Nullable
    DirectoryStats directoryStats(long directory) throws FileError;

    @Nullable
    Quota quota(QuotaOwner owner) throws FileError;

    /** Who a session is, as JSON text. */
    byte @Nullable [] sessionInfo(long session) throws FileError;

    long counter(Counter counter) throws FileError;

    /** An access control list by its number. */
    @Nullable
    AclRule acl(int id) throws FileError;

    /** Who has locks of a kind on an inode, and which, in the order of their bytes. */
    Map<LockOwner, List<RangeLock>> locks(LockedInode inode) throws FileError;
}
