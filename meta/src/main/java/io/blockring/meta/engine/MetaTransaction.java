package io.blockring.meta.engine;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import io.blockring.meta.RangeLock;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes that happen as one, or not at all. For one thread, ended by {@link #commit} or by {@link #close}.
 *
 * <p>What the rules above promise, so that Redis (WATCH, MULTI), TiKV (optimistic two-phase commit) and RocksDB all
 * fit:
 *
 * <ul>
 *   <li>A record that was written is not read again in the same transaction: an engine may queue the writes.
 *   <li>The result of a <em>blind</em> write ({@link #increment}, {@link #appendSlices}, {@link #addParent}, {@link
 *       #addReferences}, {@link #touchDirectory}, {@link #addDirectoryStats}, {@link #addQuotaUse}) is not needed before the commit, which may learn it from the answer.
 *   <li>Whoever adds or removes an entry also touches its directory, whoever changes the chunks of a
 *       file by anything but a compaction writes the attributes of the file, and both read them first. So a scan
 *       needs no watch of its own where no foreign client skips that (JuiceFS on Redis or TiKV may, see
 *       skip-dir-mtime: those engines watch the scanned keys as well).
 * </ul>
 *
 * <p>What an engine promises in turn:
 *
 * <ul>
 *   <li>Every point read is watched: if it changed before the commit, the outcome is {@code CONFLICT}. Blind writes to
 *       a counter conflict with nothing.
 *   <li>It writes no empty value where it cannot keep one: etcd and TiKV answer INVALID instead.
 *   <li>Its bulk deletions ({@link #deleteXattrs}, {@link #deleteParents}) are part of the transaction.
 * </ul>
 */
public interface MetaTransaction extends MetaReads, AutoCloseable {
    /** Says what will be read next, so that an engine far away fetches and watches it in one round trip. */
    void expect(Point... points) throws FileError;

    /** The same for more points. */
    default void expect(List<Point> more, Point... points) throws FileError {
        var all = new ArrayList<>(more);
        all.addAll(Arrays.asList(points));
        expect(all.toArray(Point[]::new));
    }

    /** The same for what will be written blind, for an engine that has to read before it writes. */
    default void expectBlind(Point... points) throws FileError {}

    /** Writes the counters of ids as a volume without any file has them. */
    void startCounters() throws FileError;

    void putSetting(byte[] json) throws FileError;

    void putAttr(long inode, Attr attr) throws FileError;

    /**
     * Blind: the content of a directory was changed, so its times of change are {@code now} and its links are more. All
     * else stays as {@code read}, and is watched; others may touch the directory at the same time.
     */
    void touchDirectory(long inode, Attr read, int moreLinks, Timestamp now) throws FileError;

    void deleteAttr(long inode) throws FileError;

    void putChild(long directory, Name name, Child child) throws FileError;

    void deleteChild(long directory, Name name) throws FileError;

    void putSymlink(long inode, byte[] target) throws FileError;

    void deleteSymlink(long inode) throws FileError;

    void putXattr(long inode, Name name, byte[] value) throws FileError;

    void deleteXattr(long inode, Name name) throws FileError;

    void deleteXattrs(long inode) throws FileError;

    /** Blind: changes the count of links from one directory; a count of 0 may stay as a record. */
    void addParent(long inode, long parent, long delta) throws FileError;

    void deleteParents(long inode) throws FileError;

    /**
     * Blind: lays records over a chunk. An engine that holds a chunk as one value drops an append of exactly the
     * records that it ends with, so that a repeated one is harmless.
     *
     * @return how many records the chunk has then
     */
    AfterCommit appendSlices(long inode, int chunk, List<SliceRecord> slices) throws FileError;

    /** Replaces all records of a chunk; none deletes it. */
    void putSlices(long inode, int chunk, List<SliceRecord> slices) throws FileError;

    /**
     * Blind: changes the references of a slice; at most once for each slice.
     *
     * @return the references beyond the first then: below 0 the slice is dead
     */
    AfterCommit addReferences(SliceKey slice, long delta) throws FileError;

    /** Writes a count of 0, which says nothing that its absence does not: a mark that this transaction happened. */
    void markReferences(SliceKey slice) throws FileError;

    void deleteReferences(SliceKey slice) throws FileError;

    void putDeletedFile(DeletedFile file) throws FileError;

    void deleteDeletedFile(DeletedFile file) throws FileError;

    void putDelayedSlices(DelayedSlices slices) throws FileError;

    void deleteDelayedSlices(DelayedSlices slices) throws FileError;

    void putDetached(DetachedTree tree) throws FileError;

    void deleteDetached(long inode) throws FileError;

    void putDirectoryStats(long directory, DirectoryStats stats) throws FileError;

    /** Blind: counts more in a directory, or less; nothing where it has no record. At most once for each directory. */
    void addDirectoryStats(long directory, DirectoryStats more) throws FileError;

    void deleteDirectoryStats(long directory) throws FileError;

    void putQuota(QuotaOwner owner, Quota quota) throws FileError;

    /** Blind: counts more use, or less; see {@link QuotaOwner} for an owner without a record. */
    void addQuotaUse(QuotaOwner owner, long space, long inodes) throws FileError;

    void deleteQuota(QuotaOwner owner) throws FileError;

    void putSession(SessionRecord session) throws FileError;

    void putSessionInfo(long session, byte[] json) throws FileError;

    /** Deletes a session's records but for the inodes that it sustains. */
    void deleteSession(long session) throws FileError;

    void putSustained(long session, long inode) throws FileError;

    void deleteSustained(long session, long inode) throws FileError;

    void putAcl(StoredAcl acl) throws FileError;

    /**
     * Says what a read of the locks of an inode is expected to find, so that an engine far away need not be asked: if it
     * is not so at the commit, the outcome is {@code CONFLICT}.
     */
    default void assumeLocks(LockedInode inode, Map<LockOwner, List<RangeLock>> locks) {}

    /** Replaces the locks of an inode, which were read or assumed before; none deletes the record. */
    void putLocks(LockedInode inode, Map<LockOwner, List<RangeLock>> locks) throws FileError;

    /** Blind: adds to a counter that the engine declares transactional. */
    void increment(Counter counter, long delta) throws FileError;

    /** The attributes, entries and chunks that it writes; some may be there twice. */
    List<Point> changed();

    /** Sets how a commit of unknown outcome is asked for later; without it such a commit is a failure. */
    void witness(Witness witness);

    /** The question that was set, or null. */
    @Nullable
    Witness witness();

    /**
     * Whether all that was read may have been so at one moment. Where each read shows a moment of its own, it is checked
     * that all is still so: what a transaction concluded from a mixture, such as that something is missing, need not
     * be true.
     */
    boolean holds() throws FileError;

    /** Makes it all happen; the transaction is over whatever the outcome. */
    CommitOutcome commit() throws FileError;

    /** Tells it that its commit, whose outcome was unknown, was made. */
    void wasMade();

    @Override
    void close();
}
