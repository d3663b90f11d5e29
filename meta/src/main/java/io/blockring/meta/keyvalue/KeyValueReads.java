package io.blockring.meta.keyvalue;

import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DelayedSlices;
import io.blockring.meta.engine.DeletedFile;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.SessionRecord;
import io.blockring.meta.engine.SliceKey;
import java.nio.BufferUnderflowException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Typed reads over keys and values. */
class KeyValueReads implements MetaReads {
    /** Pairs that one step of an unbounded walk takes into memory. */
    private static final int SCAN_STEP = 1024;

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
        byte[] value = bytes.get(KeyLayout.attr(inode));
        return value == null ? null : decoded("attributes of inode " + inode, value, AttrCodec::decode);
    }

    @Override
    public List<@Nullable Attr> attrs(List<Long> inodes) throws FileError {
        List<byte @Nullable []> values =
                bytes.getAll(inodes.stream().map(KeyLayout::attr).toList());
        var attrs = new ArrayList<@Nullable Attr>(values.size());
        for (byte[] value : values) {
            attrs.add(value == null ? null : decoded("attributes", value, AttrCodec::decode));
        }
        return attrs;
    }

    @Override
    public @Nullable Child child(long directory, Name name) throws FileError {
        byte[] value = bytes.get(KeyLayout.child(directory, name));
        return value == null ? null : decoded("entry", value, ValueCodec::child);
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
            long links = decoded("links", pair.value(), ValueCodec::counter);
            if (links > 0) {
                parents.put(KeyLayout.parent(pair.key()), links);
            }
        }
        return parents;
    }

    @Override
    public List<SliceRecord> slices(long inode, int chunk) throws FileError {
        byte[] value = bytes.get(KeyLayout.chunk(inode, chunk));
        return value == null ? List.of() : decoded("chunk " + chunk + " of inode " + inode, value, ValueCodec::slices);
    }

    @Override
    public List<Integer> chunks(long inode, int from, int limit) throws FileError {
        return scan(KeyLayout.chunks(inode), KeyLayout.chunk(inode, from), limit, pair -> KeyLayout.chunk(pair.key()));
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
    public List<SliceKey> unreferenced(@Nullable SliceKey after, int limit) throws FileError {
        byte[] prefix = KeyLayout.prefix("K");
        byte[] from = after == null ? prefix : KeyLayout.after(KeyLayout.references(after));
        byte[] to = KeyLayout.behind(prefix);
        var dead = new ArrayList<SliceKey>();
        List<KeyValue> step;
        do {
            step = bytes.scan(from, to, SCAN_STEP);
            for (KeyValue pair : step) {
                if (dead.size() < limit && decoded("references", pair.value(), ValueCodec::counter) < 0) {
                    dead.add(KeyLayout.referencedSlice(pair.key()));
                }
                from = KeyLayout.after(pair.key());
            }
        } while (step.size() == SCAN_STEP && dead.size() < limit);
        return dead;
    }

    @Override
    public List<DeletedFile> deletedFiles(@Nullable DeletedFile after, int limit) throws FileError {
        byte[] prefix = KeyLayout.prefix("D");
        byte[] from = after == null ? prefix : KeyLayout.after(KeyLayout.deletedFile(after.inode(), after.length()));
        return scan(
                prefix,
                from,
                limit,
                pair -> new DeletedFile(
                        KeyLayout.deletedInode(pair.key()),
                        KeyLayout.deletedLength(pair.key()),
                        ValueCodec.stamp(pair.value())));
    }

    @Override
    public List<DelayedSlices> delayedSlices(@Nullable DelayedSlices after, int limit) throws FileError {
        byte[] prefix = KeyLayout.prefix("L");
        byte[] from = after == null ? prefix : KeyLayout.after(KeyLayout.delayedSlices(after.replacedAt(), after.by()));
        return scan(
                prefix,
                from,
                limit,
                pair -> new DelayedSlices(
                        KeyLayout.delayedTime(pair.key()),
                        KeyLayout.delayedSlice(pair.key()),
                        ValueCodec.sliceKeys(pair.value())));
    }

    @Override
    public boolean isDelayed(DelayedSlices slices) throws FileError {
        return bytes.get(KeyLayout.delayedSlices(slices.replacedAt(), slices.by())) != null;
    }

    @Override
    public List<SessionRecord> sessions(long after, int limit) throws FileError {
        return scan(
                KeyLayout.prefix("SE"),
                KeyLayout.after(KeyLayout.sessionEnd(after)),
                limit,
                pair -> new SessionRecord(KeyLayout.session(pair.key()), ValueCodec.stamp(pair.value())));
    }

    @Override
    public byte @Nullable [] sessionInfo(long session) throws FileError {
        return bytes.get(KeyLayout.sessionInfo(session));
    }

    @Override
    public List<Long> sustained(long session, @Nullable Long after, int limit) throws FileError {
        byte[] prefix = KeyLayout.sustained(session);
        byte[] from = after == null ? prefix : KeyLayout.after(KeyLayout.sustained(session, after));
        return scan(prefix, from, limit, pair -> KeyLayout.sustainedInode(pair.key()));
    }

    @Override
    public long counter(Counter counter) throws FileError {
        return number(KeyLayout.counter(counter));
    }

    final long number(byte[] key) throws FileError {
        byte[] value = bytes.get(key);
        return value == null ? 0 : decoded("counter", value, ValueCodec::counter);
    }

    /** All keys with a prefix, of which there are few. */
    final List<byte[]> keysOf(byte[] prefix) throws FileError {
        var keys = new ArrayList<byte[]>();
        bytes.scan(prefix, KeyLayout.behind(prefix), Integer.MAX_VALUE).forEach(pair -> keys.add(pair.key()));
        return keys;
    }

    private <T> List<T> scan(byte[] prefix, byte[] from, int limit, Function<KeyValue, T> decoder) throws FileError {
        var records = new ArrayList<T>();
        for (KeyValue pair : bytes.scan(from, KeyLayout.behind(prefix), limit)) {
            records.add(decoded("record", pair, decoder));
        }
        return records;
    }

    static <V, T> T decoded(String what, V value, Function<V, T> decoder) throws FileError {
        try {
            return decoder.apply(value);
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            throw new FileError(FileError.Kind.IO, "the metadata hold bytes that are no " + what, e);
        }
    }
}
