package io.blockring.meta.keyvalue;

import io.blockring.meta.encoding.AclCodec;
import io.blockring.meta.encoding.AttrCodec;
import io.blockring.meta.encoding.LockCodec;
import io.blockring.meta.encoding.ValueCodec;
import io.blockring.meta.engine.ChunkRecord;
import io.blockring.meta.engine.DelayedSlices;
import io.blockring.meta.engine.DeletedFile;
import io.blockring.meta.engine.DetachedTree;
import io.blockring.meta.engine.InodeRecord;
import io.blockring.meta.engine.LockKind;
import io.blockring.meta.engine.LockedInode;
import io.blockring.meta.engine.MetaScan;
import io.blockring.meta.engine.MetaScans;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.SessionRecord;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.engine.SliceReferences;
import io.blockring.meta.engine.StoredAcl;
import java.util.List;
import java.util.function.Function;

/** Walks over ranges of keys. */
final class KeyValueScans implements MetaScans {
    private final ByteReads bytes;

    KeyValueScans(ByteReads bytes) {
        this.bytes = bytes;
    }

    @Override
    public MetaScan<SliceKey> unreferenced() {
        return new KeyScan<>(
                bytes,
                KeyLayout.prefix("K"),
                pair -> ValueCodec.counter(pair.value()) < 0,
                pair -> KeyLayout.referencedSlice(pair.key()));
    }

    @Override
    public MetaScan<InodeRecord> inodes() {
        return new KeyScan<>(
                bytes,
                KeyLayout.prefix("A"),
                pair -> KeyLayout.isPart(pair.key(), 'I'),
                pair -> new InodeRecord(KeyLayout.inode(pair.key()), AttrCodec.decode(pair.value())));
    }

    @Override
    public MetaScan<ChunkRecord> chunks() {
        return new KeyScan<>(
                bytes,
                KeyLayout.prefix("A"),
                pair -> KeyLayout.isPart(pair.key(), 'C'),
                pair -> new ChunkRecord(
                        KeyLayout.inode(pair.key()), KeyLayout.chunk(pair.key()), ValueCodec.slices(pair.value())));
    }

    @Override
    public MetaScan<SliceReferences> references() {
        return all(
                KeyLayout.prefix("K"),
                pair -> new SliceReferences(KeyLayout.referencedSlice(pair.key()), ValueCodec.counter(pair.value())));
    }

    @Override
    public MetaScan<DeletedFile> deletedFiles() {
        return all(
                KeyLayout.prefix("D"),
                pair -> new DeletedFile(
                        KeyLayout.deletedInode(pair.key()),
                        KeyLayout.deletedLength(pair.key()),
                        ValueCodec.stamp(pair.value())));
    }

    @Override
    public MetaScan<DelayedSlices> delayedSlices() {
        return all(
                KeyLayout.prefix("L"),
                pair -> new DelayedSlices(
                        KeyLayout.delayedTime(pair.key()),
                        KeyLayout.delayedSlice(pair.key()),
                        ValueCodec.sliceKeys(pair.value())));
    }

    @Override
    public MetaScan<SessionRecord> sessions() {
        return all(
                KeyLayout.prefix("SE"),
                pair -> new SessionRecord(KeyLayout.session(pair.key()), ValueCodec.stamp(pair.value())));
    }

    @Override
    public MetaScan<DetachedTree> detachedTrees() {
        return all(
                KeyLayout.prefix("N"),
                pair -> new DetachedTree(KeyLayout.detachedInode(pair.key()), ValueCodec.stamp(pair.value())));
    }

    @Override
    public MetaScan<QuotaOwner> quotaOwners() {
        return all(KeyLayout.prefix("Q"), pair -> KeyLayout.quotaOwner(pair.key()));
    }

    @Override
    public MetaScan<Long> sustained(long session) {
        return all(KeyLayout.sustained(session), pair -> KeyLayout.sustainedInode(pair.key()));
    }

    @Override
    public MetaScan<StoredAcl> acls() {
        return all(
                KeyLayout.prefix("R"),
                pair -> new StoredAcl(KeyLayout.aclId(pair.key()), AclCodec.decode(pair.value())));
    }

    /** No record says what a session has locked: all that are locked are looked at, which are few. */
    @Override
    public MetaScan<LockedInode> locked(long session) {
        MetaScan<LockedInode> whole = locked(LockKind.WHOLE, session);
        MetaScan<LockedInode> ranges = locked(LockKind.RANGES, session);
        return () -> {
            List<LockedInode> some = whole.next();
            return some.isEmpty() ? ranges.next() : some;
        };
    }

    private MetaScan<LockedInode> locked(LockKind kind, long session) {
        return new KeyScan<>(
                bytes,
                KeyLayout.locks(kind),
                pair -> LockCodec.table(kind, pair.value()).keySet().stream()
                        .anyMatch(owner -> owner.session() == session),
                pair -> KeyLayout.lockedInode(pair.key()));
    }

    private <T> MetaScan<T> all(byte[] prefix, Function<KeyValue, T> decoder) {
        return new KeyScan<>(bytes, prefix, _ -> true, decoder);
    }
}
