package io.blockring.meta.keyvalue;

import io.blockring.etcdclient.EtcdException;
import io.blockring.etcdclient.EtcdTransaction;
import io.blockring.meta.FileError;
import io.blockring.meta.engine.CommitOutcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A transaction of etcd; dropped without a commit, it leaves nothing behind. */
final class EtcdByteTransaction implements ByteTransaction {
    private final EtcdTransaction transaction;
    private final KeyPrefix prefix;
    private final Additions additions = new Additions();

    EtcdByteTransaction(EtcdTransaction transaction, KeyPrefix prefix) {
        this.transaction = transaction;
        this.prefix = prefix;
    }

    @Override
    public void expect(List<byte[]> keys) throws FileError {
        try {
            transaction.expect(keys.stream().map(prefix::before).toList());
        } catch (EtcdException e) {
            throw EtcdByteStore.failure(e);
        }
    }

    @Override
    public byte @Nullable [] get(byte[] key) throws FileError {
        try {
            return EtcdReads.value(transaction.get(prefix.before(key)));
        } catch (EtcdException e) {
            throw EtcdByteStore.failure(e);
        }
    }

    @Override
    public List<byte @Nullable []> getAll(List<byte[]> keys) throws FileError {
        try {
            return EtcdReads.values(
                    transaction.getAll(keys.stream().map(prefix::before).toList()));
        } catch (EtcdException e) {
            throw EtcdByteStore.failure(e);
        }
    }

    @Override
    public List<KeyValue> scan(byte[] from, byte[] to, int limit) throws FileError {
        try {
            return EtcdReads.own(transaction.scan(prefix.before(from), prefix.before(to), limit), prefix);
        } catch (EtcdException e) {
            throw EtcdByteStore.failure(e);
        }
    }

    @Override
    public List<KeyValue> scanBack(byte[] from, byte[] to, int limit) throws FileError {
        try {
            return EtcdReads.own(transaction.scanBack(prefix.before(from), prefix.before(to), limit), prefix);
        } catch (EtcdException e) {
            throw EtcdByteStore.failure(e);
        }
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

    /** However many they are, they count as one. */
    @Override
    public void deleteAll(byte[] beginning) {
        transaction.deleteBetween(prefix.before(beginning), prefix.before(KeyLayout.behind(beginning)));
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
        } catch (EtcdException e) {
            throw EtcdByteStore.failure(e);
        }
    }

    @Override
    public void close() {}
}
