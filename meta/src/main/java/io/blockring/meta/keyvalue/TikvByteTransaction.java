package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.CommitOutcome;
import io.blockring.tikvclient.TikvException;
import io.blockring.tikvclient.TikvTransaction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A transaction of TiKV; dropped without a commit, it leaves nothing behind. */
final class TikvByteTransaction implements ByteTransaction {
    private final TikvTransaction transaction;
    private final KeyPrefix prefix;
    private final TikvReads reads;
    private final Additions additions = new Additions();

    TikvByteTransaction(TikvTransaction transaction, KeyPrefix prefix) {
        this.transaction = transaction;
        this.prefix = prefix;
        this.reads = new TikvReads(transaction, prefix);
    }

    @Override
    public byte @Nullable [] get(byte[] key) throws FileError {
        return reads.get(key);
    }

    @Override
    public List<byte @Nullable []> getAll(List<byte[]> keys) throws FileError {
        return reads.getAll(keys);
    }

    @Override
    public List<KeyValue> scan(byte[] from, byte[] to, int limit) throws FileError {
        return reads.scan(from, to, limit);
    }

    @Override
    public List<KeyValue> scanBack(byte[] from, byte[] to, int limit) throws FileError {
        return reads.scanBack(from, to, limit);
    }

    /** What it got once it does not ask for again. */
    @Override
    public void expect(List<byte[]> keys) throws FileError {
        getAll(keys);
    }

    @Override
    public void put(byte[] key, byte[] value) throws FileError {
        ByteTransaction.requireValue(value);
        transaction.put(prefix.before(key), value);
    }

    @Override
    public void delete(byte[] key) {
        transaction.delete(prefix.before(key));
    }

    @Override
    public void add(byte[] key, long delta) {
        additions.add(key, delta);
    }

    @Override
    public CommitOutcome commit() throws FileError {
        additions.writeTo(this);
        try {
            return switch (transaction.commit()) {
                case COMMITTED -> CommitOutcome.COMMITTED;
                case CONFLICT -> CommitOutcome.CONFLICT;
                case UNKNOWN -> CommitOutcome.UNKNOWN;
            };
        } catch (TikvException e) {
            throw TikvByteStore.failure(e);
        }
    }

    @Override
    public void close() {}
}
