package io.blockring.meta.keyvalue;

import static io.blockring.meta.encoding.Decoding.decode;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.Name;
import io.blockring.meta.RangeLock;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.encoding.AclCodec;
import io.blockring.meta.encoding.AttrCodec;
import io.blockring.meta.encoding.LockCodec;
import io.blockring.meta.encoding.ValueCodec;
import io.blockring.meta.engine.AfterCommit;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.CommitOutcome;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DelayedSlices;
import io.blockring.meta.engine.DeletedFile;
import io.blockring.meta.engine.DetachedTree;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.LockOwner;
import io.blockring.meta.engine.LockedInode;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Point;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.SessionRecord;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.engine.StoredAcl;
import io.blockring.meta.engine.Witness;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Typed writes over keys and values. Blind writes read before they write, but for usage counters, and for the sums that
 * are gathered in this process and written a little later.
 */
final class KeyValueTransaction extends KeyValueReads implements MetaTransaction {
    private static final byte[] SUSTAINED = {1};

    private record Blind(AfterCommit result, long value) {}

    /** What is added to a number, which is read when the transaction is committed. */
    private record Addition(long delta, AfterCommit result) {}

    private final ByteTransaction bytes;
    private final List<Blind> blind = new ArrayList<>();
    private final Map<ByteBuffer, Addition> additions = new LinkedHashMap<>();
    private final PendingSums pending;
    private final boolean countersWait;
    private final PendingSums.Changes sums = new PendingSums.Changes();
    private final List<Point> changed = new ArrayList<>();
    private final Set<Long> directoriesWritten = new HashSet<>();
    private @Nullable Witness witness;

    /** @param countersWait whether usage counters are pending sums too */
    KeyValueTransaction(ByteTransaction bytes, PendingSums pending, boolean countersWait) {
        super(bytes);
        this.bytes = bytes;
        this.pending = pending;
        this.countersWait = countersWait;
    }

    @Override
    public void expect(Point... points) throws FileError {
        bytes.expect(Arrays.stream(points).map(KeyLayout::of).toList());
    }

    @Override
    public void expectBlind(Point... points) throws FileError {
        expect(points);
    }

    @Override
    public void startCounters() throws FileError {
        bytes.add(KeyLayout.counter(Counter.NEXT_INODE), FileTree.ROOT + 1);
        bytes.add(KeyLayout.counter(Counter.NEXT_SLICE), 1);
    }

    @Override
    public void putSetting(byte[] json) throws FileError {
        bytes.put(KeyLayout.setting(), json);
    }

    @Override
    public void putAttr(long inode, Attr attr) throws FileError {
        changed.add(new Point.Attributes(inode));
        bytes.put(KeyLayout.attr(inode), AttrCodec.encode(attr));
    }

    @Override
    public void touchDirectory(long inode, Attr read, int moreLinks, Timestamp now) throws FileError {
        putAttr(inode, read.touched(moreLinks, now));
    }

    @Override
    public void deleteAttr(long inode) throws FileError {
        changed.add(new Point.Attributes(inode));
        bytes.delete(KeyLayout.attr(inode));
    }

    @Override
    public void putChild(long directory, Name name, Child child) throws FileError {
        changed.add(new Point.Entry(directory, name));
        bytes.put(KeyLayout.child(directory, name), ValueCodec.child(child));
    }

    @Override
    public void deleteChild(long directory, Name name) throws FileError {
        changed.add(new Point.Entry(directory, name));
        bytes.delete(KeyLayout.child(directory, name));
    }

    @Override
    public void putSymlink(long inode, byte[] target) throws FileError {
        bytes.put(KeyLayout.symlink(inode), target);
    }

    @Override
    public void deleteSymlink(long inode) throws FileError {
        bytes.delete(KeyLayout.symlink(inode));
    }

    @Override
    public void putXattr(long inode, Name name, byte[] value) throws FileError {
        bytes.put(KeyLayout.xattr(inode, name), value);
    }

    @Override
    public void deleteXattr(long inode, Name name) throws FileError {
        bytes.delete(KeyLayout.xattr(inode, name));
    }

    @Override
    public void deleteXattrs(long inode) throws FileError {
        bytes.deleteAll(KeyLayout.xattrs(inode));
    }

    @Override
    public void addParent(long inode, long parent, long delta) throws FileError {
        addTo(KeyLayout.parent(inode, parent), delta);
    }

    @Override
    public void deleteParents(long inode) throws FileError {
        bytes.deleteAll(KeyLayout.parents(inode));
    }

    @Override
    public AfterCommit appendSlices(long inode, int chunk, List<SliceRecord> slices) throws FileError {
        changed.add(new Point.Slices(inode, chunk));
        byte[] key = KeyLayout.chunk(inode, chunk);
        byte[] now = bytes.get(key);
        byte[] more = ValueCodec.slices(slices);
        if (now != null && endsWith(now, more)) {
            return settled(now.length / ValueCodec.SLICE_BYTES);
        }
        byte[] all = now == null ? more : concat(now, more);
        bytes.put(key, all);
        return settled(all.length / ValueCodec.SLICE_BYTES);
    }

    @Override
    public void putSlices(long inode, int chunk, List<SliceRecord> slices) throws FileError {
        changed.add(new Point.Slices(inode, chunk));
        byte[] key = KeyLayout.chunk(inode, chunk);
        if (slices.isEmpty()) {
            bytes.delete(key);
        } else {
            bytes.put(key, ValueCodec.slices(slices));
        }
    }

    @Override
    public AfterCommit addReferences(SliceKey slice, long delta) throws FileError {
        return addTo(KeyLayout.references(slice), delta);
    }

    @Override
    public void markReferences(SliceKey slice) throws FileError {
        bytes.put(KeyLayout.references(slice), ValueCodec.counter(0));
    }

    @Override
    public void deleteReferences(SliceKey slice) throws FileError {
        bytes.delete(KeyLayout.references(slice));
    }

    @Override
    public void putDeletedFile(DeletedFile file) throws FileError {
        bytes.put(KeyLayout.deletedFile(file.inode(), file.length()), ValueCodec.stamp(file.deletedAt()));
    }

    @Override
    public void deleteDeletedFile(DeletedFile file) throws FileError {
        bytes.delete(KeyLayout.deletedFile(file.inode(), file.length()));
    }

    @Override
    public void putDelayedSlices(DelayedSlices slices) throws FileError {
        bytes.put(KeyLayout.delayedSlices(slices.replacedAt(), slices.by()), ValueCodec.sliceKeys(slices.slices()));
    }

    @Override
    public void deleteDelayedSlices(DelayedSlices slices) throws FileError {
        bytes.delete(KeyLayout.delayedSlices(slices.replacedAt(), slices.by()));
    }

    @Override
    public void putDetached(DetachedTree tree) throws FileError {
        bytes.put(KeyLayout.detached(tree.inode()), ValueCodec.stamp(tree.seenAt()));
    }

    @Override
    public void deleteDetached(long inode) throws FileError {
        bytes.delete(KeyLayout.detached(inode));
    }

    @Override
    public void putDirectoryStats(long directory, DirectoryStats stats) throws FileError {
        bytes.put(KeyLayout.directoryStats(directory), ValueCodec.directoryStats(stats));
        directoriesWritten.add(directory);
    }

    @Override
    public void addDirectoryStats(long directory, DirectoryStats more) {
        sums.directories.merge(directory, more, DirectoryStats::plus);
    }

    @Override
    public void deleteDirectoryStats(long directory) throws FileError {
        bytes.delete(KeyLayout.directoryStats(directory));
        directoriesWritten.add(directory);
    }

    @Override
    public void putQuota(QuotaOwner owner, Quota quota) throws FileError {
        bytes.put(KeyLayout.quota(owner), ValueCodec.quota(quota));
    }

    @Override
    public void addQuotaUse(QuotaOwner owner, long space, long inodes) {
        sums.quotas.merge(owner, new PendingSums.Use(space, inodes), PendingSums.Use::plus);
    }

    @Override
    public void deleteQuota(QuotaOwner owner) throws FileError {
        bytes.delete(KeyLayout.quota(owner));
    }

    @Override
    public void putSession(SessionRecord session) throws FileError {
        bytes.put(KeyLayout.sessionEnd(session.id()), ValueCodec.stamp(session.expiresAt()));
    }

    @Override
    public void putSessionInfo(long session, byte[] json) throws FileError {
        bytes.put(KeyLayout.sessionInfo(session), json);
    }

    @Override
    public void deleteSession(long session) throws FileError {
        bytes.delete(KeyLayout.sessionEnd(session));
        bytes.delete(KeyLayout.sessionInfo(session));
    }

    @Override
    public void putSustained(long session, long inode) throws FileError {
        bytes.put(KeyLayout.sustained(session, inode), SUSTAINED);
    }

    @Override
    public void deleteSustained(long session, long inode) throws FileError {
        bytes.delete(KeyLayout.sustained(session, inode));
    }

    @Override
    public void putAcl(StoredAcl acl) throws FileError {
        bytes.put(KeyLayout.acl(acl.id()), AclCodec.encode(acl.rule()));
    }

    @Override
    public void putLocks(LockedInode inode, Map<LockOwner, List<RangeLock>> locks) throws FileError {
        byte[] key = KeyLayout.locks(inode);
        if (locks.isEmpty()) {
            bytes.delete(key);
        } else {
            bytes.put(key, LockCodec.table(inode.kind(), locks));
        }
    }

    @Override
    public void increment(Counter counter, long delta) throws FileError {
        if (countersWait && counter.isUsage()) {
            sums.counters.merge(counter, delta, Long::sum);
        } else {
            bytes.add(KeyLayout.counter(counter), delta);
        }
    }

    @Override
    public List<Point> changed() {
        return changed;
    }

    @Override
    public void witness(Witness question) {
        witness = question;
    }

    @Override
    public @Nullable Witness witness() {
        return witness;
    }

    /** All reads are of the moment that the transaction began, or are refused at the commit. */
    @Override
    public boolean holds() {
        return true;
    }

    @Override
    public CommitOutcome commit() throws FileError {
        writeAdditions();
        CommitOutcome outcome = bytes.commit();
        if (outcome == CommitOutcome.COMMITTED) {
            blind.forEach(write -> write.result().settle(write.value()));
            wasMade();
        }
        return outcome;
    }

    @Override
    public void wasMade() {
        pending.add(sums, directoriesWritten);
    }

    @Override
    public void close() {
        bytes.close();
    }

    private AfterCommit addTo(byte[] key, long delta) {
        var result = new AfterCommit();
        if (additions.putIfAbsent(ByteBuffer.wrap(key), new Addition(delta, result)) != null) {
            throw new IllegalStateException("a transaction adds twice to the same number");
        }
        return result;
    }

    /** Reads all numbers in one round trip. */
    private void writeAdditions() throws FileError {
        if (additions.isEmpty()) {
            return;
        }
        List<byte[]> keys = additions.keySet().stream().map(ByteBuffer::array).toList();
        List<byte @Nullable []> values = bytes.getAll(keys);
        for (int i = 0; i < keys.size(); i++) {
            byte[] key = keys.get(i);
            byte[] value = values.get(i);
            Addition addition = Objects.requireNonNull(additions.get(ByteBuffer.wrap(key)));
            long now = value == null ? 0 : decode("counter", key, value, ValueCodec::counter);
            bytes.put(key, ValueCodec.counter(now + addition.delta()));
            blind.add(new Blind(addition.result(), now + addition.delta()));
        }
    }

    private AfterCommit settled(long value) {
        var result = new AfterCommit();
        blind.add(new Blind(result, value));
        return result;
    }

    private static boolean endsWith(byte[] bytes, byte[] end) {
        return bytes.length >= end.length
                && Arrays.equals(bytes, bytes.length - end.length, bytes.length, end, 0, end.length);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
