package io.blockring.tikvclient;

import com.google.protobuf.ByteString;
import io.blockring.tikvclient.wire.StoreWire.Mutation;
import io.blockring.tikvclient.wire.StoreWire.Op;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads of one moment, and writes that happen as one if nothing that was got or is written has changed since. Scans are
 * not watched, and what it wrote does not show in its own reads. For one thread; given up when it is dropped.
 */
public final class TikvTransaction implements TikvReader {
    private final TikvSnapshot reads;
    private final Commit commit;

    /** What it got, which stays as it was when the transaction began. */
    private final SortedMap<byte[], Optional<byte[]>> got = new TreeMap<>(Arrays::compareUnsigned);

    private final SortedMap<byte[], Mutation> mutations = new TreeMap<>(Arrays::compareUnsigned);

    TikvTransaction(TikvSnapshot reads, Commit commit) {
        this.reads = reads;
        this.commit = commit;
    }

    /** The key is watched from now on. */
    @Override
    public byte @Nullable [] get(byte[] key) throws TikvException {
        Optional<byte[]> known = got.get(key);
        if (known == null) {
            known = Optional.ofNullable(reads.get(key));
            watch(key, known);
        }
        return known.orElse(null);
    }

    /** The keys are watched from now on. */
    @Override
    public List<byte @Nullable []> getAll(List<byte[]> keys) throws TikvException {
        List<byte[]> unknown =
                keys.stream().filter(key -> !got.containsKey(key)).toList();
        if (unknown.size() == 1) {
            get(unknown.getFirst());
        } else if (!unknown.isEmpty()) {
            List<byte @Nullable []> values = reads.getAll(unknown);
            for (int i = 0; i < values.size(); i++) {
                watch(unknown.get(i), Optional.ofNullable(values.get(i)));
            }
        }
        var all = new ArrayList<byte @Nullable []>(keys.size());
        for (byte[] key : keys) {
            all.add(get(key));
        }
        return all;
    }

    @Override
    public List<TikvPair> scan(byte[] from, byte[] to, int limit) throws TikvException {
        return reads.scan(from, to, limit);
    }

    @Override
    public List<TikvPair> scanBack(byte[] from, byte[] to, int limit) throws TikvException {
        return reads.scanBack(from, to, limit);
    }

    private void watch(byte[] key, Optional<byte[]> value) {
        got.put(key, value);
        mutations.putIfAbsent(key, mutation(Op.Lock, key).build());
    }

    /**
     * Writes a key when it is committed.
     *
     * @param value not empty: that would count as none
     */
    public void put(byte[] key, byte[] value) {
        if (value.length == 0) {
            throw new IllegalArgumentException("an empty value");
        }
        mutations.put(
                key, mutation(Op.Put, key).setValue(ByteString.copyFrom(value)).build());
    }

    public void delete(byte[] key) {
        mutations.put(key, mutation(Op.Del, key).build());
    }

    private static Mutation.Builder mutation(Op op, byte[] key) {
        return Mutation.newBuilder().setOp(op).setKey(ByteString.copyFrom(key));
    }

    /** Writes all or nothing; to be called once. Fails only where it is known that nothing was written. */
    public CommitResult commit() throws TikvException {
        boolean writes = mutations.values().stream().anyMatch(one -> one.getOp() != Op.Lock);
        return writes ? commit.run(reads.moment(), new ArrayList<>(mutations.values())) : CommitResult.COMMITTED;
    }
}
