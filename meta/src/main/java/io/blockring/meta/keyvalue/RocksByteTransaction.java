package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import io.blockring.meta.encoding.ValueCodec;
import io.blockring.meta.engine.CommitOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
import org.rocksdb.Transaction;

/** An optimistic transaction: it reads one moment, and its commit checks that what it got has not changed since. */
final class RocksByteTransaction implements ByteTransaction {
    private final Transaction transaction;
    private final Lock use;
    private final ReadOptions options;

    RocksByteTransaction(Transaction transaction, Lock use) {
        this.transaction = transaction;
        this.use = use;
        this.options = new ReadOptions().setSnapshot(transaction.getSnapshot());
    }

    @Override
    public byte @Nullable [] get(byte[] key) throws FileError {
        try {
            return transaction.getForUpdate(options, key, false);
        } catch (RocksDBException e) {
            throw RocksByteStore.failure(e);
        }
    }

    @Override
    public List<byte @Nullable []> getAll(List<byte[]> keys) throws FileError {
        var values = new ArrayList<byte @Nullable []>(keys.size());
        for (byte[] key : keys) {
            values.add(get(key));
        }
        return values;
    }

    @Override
    public List<KeyValue> scan(byte[] from, byte[] to, int limit) throws FileError {
        try (RocksIterator iterator = transaction.getIterator(options)) {
            return RocksReads.pairs(iterator, from, to, limit);
        }
    }

    @Override
    public List<KeyValue> scanBack(byte[] from, byte[] to, int limit) throws FileError {
        try (RocksIterator iterator = transaction.getIterator(options)) {
            return RocksReads.pairsBack(iterator, from, to, limit);
        }
    }

    @Override
    public void put(byte[] key, byte[] value) throws FileError {
        try {
            transaction.put(key, value);
        } catch (RocksDBException e) {
            throw RocksByteStore.failure(e);
        }
    }

    @Override
    public void delete(byte[] key) throws FileError {
        try {
            transaction.delete(key);
        } catch (RocksDBException e) {
            throw RocksByteStore.failure(e);
        }
    }

    @Override
    public void add(byte[] key, long delta) throws FileError {
        try {
            transaction.mergeUntracked(key, ValueCodec.counter(delta));
        } catch (RocksDBException e) {
            throw RocksByteStore.failure(e);
        }
    }

    @Override
    public CommitOutcome commit() throws FileError {
        try {
            transaction.commit();
            return CommitOutcome.COMMITTED;
        } catch (RocksDBException e) {
            Status status = e.getStatus();
            if (status != null && (status.getCode() == Status.Code.Busy || status.getCode() == Status.Code.TryAgain)) {
                return CommitOutcome.CONFLICT;
            }
            throw RocksByteStore.failure(e);
        }
    }

    @Override
    public void close() {
        options.close();
        transaction.close();
        use.unlock();
    }
}
