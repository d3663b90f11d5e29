package io.blockring.tikvclient;

import com.google.protobuf.ByteString;
import io.blockring.tikvclient.wire.StoreWire.Mutation;
import io.blockring.tikvclient.wire.StoreWire.Op;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads of one moment, and writes that happen as one if nothing that was got or is written has changed since. Scans are
 * not watched, and what it wrote does not show in its own reads. For one thread; given up when it is dropped.
 */
public final class TikvTransaction {
    private final TikvSnapshot reads;
    private final Commit commit;
    private final SortedMap<byte[], Mutation> mutations = new TreeMap<>(Arrays::compareUnsigned);

    TikvTransaction(TikvSnapshot reads, Commit commit) {
        this.reads = reads;
        this.commit = commit;
    }

    /** The value of a key, which is watched from now on; null when there is none. */
    public byte @Nullable [] get(byte[] key) throws TikvException {
        watch(key);
        return reads.get(key);
    }

    /** The values of many keys, which are watched from now on; null for those that have none. */
    public List<byte @Nullable []> getAll(List<byte[]> keys) throws TikvException {
        keys.forEach(this::watch);
        return reads.getAll(keys);
    }

    /** As {@link TikvSnapshot#scan}. */
    public List<TikvPair> scan(byte[] from, byte[] to, int limit) throws TikvException {
        return reads.scan(from, to, limit);
    }

    /** As {@link TikvSnapshot#scanBack}. */
    public List<TikvPair> scanBack(byte[] from, byte[] to, int limit) throws TikvException {
        return reads.scanBack(from, to, limit);
    }

    private void watch(byte[] key) {
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
