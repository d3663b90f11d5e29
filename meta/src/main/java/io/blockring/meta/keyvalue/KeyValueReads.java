package io.blockring.meta.keyvalue;

import static io.blockring.meta.encoding.Decoding.decode;

import io.blockring.meta.AclRule;
import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import io.blockring.meta.RangeLock;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.encoding.AclCodec;
import io.blockring.meta.encoding.AttrCodec;
import io.blockring.meta.encoding.LockCodec;
import io.blockring.meta.encoding.ValueCodec;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DelayedSlices;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.LockOwner;
import io.blockring.meta.engine.LockedInode;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.SliceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Typed reads over keys and values. */
class KeyValueReads implements MetaReads {
    private final ByteReads bytes;

    KeyValueReads(ByteReads bytes) {
        this.bytes = bytes;
    }

    @Override
    public byte @Nullable [] setting() throws FileError {
        return bytes.get(KeyLayout.setting());
    }

    @Override
    public @Nullable Attr attr(long inode) throws FileError {
        return record("attributes", KeyLayout.attr(inode), AttrCodec::decode);
    }

    @Override
    public List<@Nullable Attr> attrs(List<Long> inodes) throws FileError {
        List<byte[]> keys = inodes.stream().map(KeyLayout::attr).toList();
        List<byte @Nullable []> values = bytes.getAll(keys);
        var attrs = new ArrayList<@Nullable Attr>(values.size());
        for (int i = 0; i < keys.size(); i++) {
            byte[] value = values.get(i);
            attrs.add(value == null ? null : decode("attributes", keys.get(i), value, AttrCodec::decode));
        }
        return attrs;
    }

    @Override
    public @Nullable Child child(long directory, Name name) throws FileError {
        return record("entry", KeyLayout.child(directory, name), ValueCodec::child);
    }

    @Override
    public List<Dentry> children(long directory, @Nullable Name after, int limit) throws FileError {
        byte[] prefix = KeyLayout.children(directory);
        byte[] from = after == null ? prefix : KeyLayout.after(KeyLayout.child(directory, after));
        return scan(prefix, from, limit, pair -> {
            Child child = ValueCodec.child(pair.value());
            return new Dentry(KeyLayout.name(pair.key()), child.inode(), child.type(), null);
        });
    }

    /** A listing is of the same moment as what is read beside it. */
    @Override
    public List<@Nullable Entry> entries(long directory, List<Dentry> listed) throws FileError {
        List<@Nullable Attr> attrs = attrs(listed.stream().map(Dentry::inode).toList());
        var entries = new ArrayList<@Nullable Entry>(listed.size());
        for (int i = 0; i < listed.size(); i++) {
            Attr attr = attrs.get(i);
            entries.add(attr == null ? null : new Entry(listed.get(i).inode(), attr));
        }
        return entries;
    }

    @Override
    public boolean hasChildren(long directory) throws FileError {
        byte[] prefix = KeyLayout.children(directory);
        return !bytes.scan(prefix, KeyLayout.behind(prefix), 1).isEmpty();
    }

    @Override
    public byte @Nullable [] symlink(long inode) throws FileError {
        return bytes.get(KeyLayout.symlink(inode));
    }

    @Override
    public byte @Nullable [] xattr(long inode, Name name) throws FileError {
        return bytes.get(KeyLayout.xattr(inode, name));
    }

    @Override
    public List<Name> xattrNames(long inode) throws FileError {
        var names = new ArrayList<Name>();
        for (byte[] key : keysOf(KeyLayout.xattrs(inode))) {
            names.add(KeyLayout.name(key));
        }
        return names;
    }

    @Override
    public Map<Long, Long> parents(long inode) throws FileError {
        byte[] prefix = KeyLayout.parents(inode);
        var parents = new TreeMap<Long, Long>();
        for (KeyValue pair : bytes.scan(prefix, KeyLayout.behind(prefix), Integer.MAX_VALUE)) {
            long links = decode("count of links", pair.key(), pair.value(), ValueCodec::counter);
            if (links > 0) {
                parents.put(KeyLayout.parent(pair.key()), links);
            }
        }
        return parents;
    }

    @Override
    public List<SliceRecord> slices(long inode, int chunk) throws FileError {
        List<SliceRecord> slices = record("slices", KeyLayout.chunk(inode, chunk), ValueCodec::slices);
        return slices == null ? List.of() : slices;
    }

    @Override
    public List<Integer> chunks(long inode, int from, int bound, int limit) throws FileError {
        return scan(KeyLayout.chunks(inode), KeyLayout.chunk(inode, from), limit, pair -> KeyLayout.chunk(pair.key()));
    }

    @Override
    public List<Integer> lastChunks(long inode, int from, int bound, int limit) throws FileError {
        var chunks = new ArrayList<Integer>();
        for (KeyValue pair : bytes.scanBack(KeyLayout.chunk(inode, from), KeyLayout.chunk(inode, bound), limit)) {
            chunks.add(decode("record", pair.key(), pair, one -> KeyLayout.chunk(one.key())));
        }
        return chunks.reversed();
    }

    @Override
    public long extraReferences(SliceKey slice) throws FileError {
        return number(KeyLayout.references(slice));
    }

    @Override
    public boolean countsReferences(SliceKey slice) throws FileError {
        return bytes.get(KeyLayout.references(slice)) != null;
    }

    @Override
    public boolean isDelayed(DelayedSlices slices) throws FileError {
        return bytes.get(KeyLayout.delayedSlices(slices.replacedAt(), slices.by())) != null;
    }

    @Override
    public @Nullable DirectoryStats directoryStats(long directory) throws FileError {
        return record("statistics", KeyLayout.directoryStats(directory), ValueCodec::directoryStats);
    }

    @Override
    public @Nullable Quota quota(QuotaOwner owner) throws FileError {
        return record("quota", KeyLayout.quota(owner), ValueCodec::quota);
    }

    @Override
    public byte @Nullable [] sessionInfo(long session) throws FileError {
        return bytes.get(KeyLayout.sessionInfo(session));
    }

    @Override
    public long counter(Counter counter) throws FileError {
        return number(KeyLayout.counter(counter));
    }

    @Override
    public @Nullable AclRule acl(int id) throws FileError {
        return record("access control list", KeyLayout.acl(id), AclCodec::decode);
    }

    @Override
    public Map<LockOwner, List<RangeLock>> locks(LockedInode inode) throws FileError {
        Map<LockOwner, List<RangeLock>> locks =
                record("locks", KeyLayout.locks(inode), value -> LockCodec.table(inode.kind(), value));
        return locks == null ? Map.of() : locks;
    }

    final long number(byte[] key) throws FileError {
        Long number = record("counter", key, ValueCodec::counter);
        return number == null ? 0 : number;
    }

    /** All keys with a prefix, of which there are few. */
    final List<byte[]> keysOf(byte[] prefix) throws FileError {
        var keys = new ArrayList<byte[]>();
        bytes.scan(prefix, KeyLayout.behind(prefix), Integer.MAX_VALUE).forEach(pair -> keys.add(pair.key()));
        return keys;
    }

    private <T> @Nullable T record(String what, byte[] key, Function<byte[], T> decoder) throws FileError {
        byte[] value = bytes.get(key);
        return value == null ? null : decode(what, key, value, decoder);
    }

    private <T> List<T> scan(byte[] prefix, byte[] from, int limit, Function<KeyValue, T> decoder) throws FileError {
        var records = new ArrayList<T>();
        for (KeyValue pair : bytes.scan(from, KeyLayout.behind(prefix), limit)) {
            records.add(decode("record", pair.key(), pair, decoder));
        }
        return records;
    }
}
