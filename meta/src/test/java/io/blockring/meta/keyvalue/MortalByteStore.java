package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.CommitOutcome;
import io.blockring.meta.engine.MetaEngine.UsageCounting;
import io.blockring.meta.testing.EtcdServer;
import io.blockring.tikvclient.TikvException;
import io.blockring.tikvclient.testing.TikvServers;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A store that dies at a commit, and can be revived with what it had. */
public final class MortalByteStore implements ByteStore {
    private final ByteStore store;
    private final UsageCounting counting;
    private final boolean exclusive;
    private long commitsLeft = Long.MAX_VALUE;
    private long commits;

    private MortalByteStore(ByteStore store, UsageCounting counting, boolean exclusive) {
        this.store = store;
        this.counting = counting;
        this.exclusive = exclusive;
    }

    public static MortalByteStore of(MemoryByteStore store) {
        return new MortalByteStore(store, UsageCounting.TRANSACTIONAL, store.exclusive());
    }

    /** A volume in etcd that nobody else opens. */
    public static MortalByteStore etcd(EtcdServer server) throws FileError {
        return new MortalByteStore(EtcdStores.store(EtcdStores.newUrl(server)), UsageCounting.DEFERRED, true);
    }

    /** The same in TiKV, over some regions. */
    public static MortalByteStore tikv(TikvServers servers) throws FileError {
        try {
            TikvUrl url = TikvUrl.parse(TikvStores.newUrlOfRegions(servers).toString());
            return new MortalByteStore(TikvVolumes.store(url, _ -> {}), UsageCounting.DEFERRED, true);
        } catch (TikvException e) {
            throw TikvByteStore.failure(e);
        }
    }

    /** The engine over it. */
    public TestStores stores() {
        return new TestStores(this, counting);
    }

    /** Lets {@code count} further commits succeed, and then none until {@link #revive}. */
    public synchronized void dieAfter(long count) {
        commitsLeft = count;
    }

    public synchronized void revive() {
        commitsLeft = Long.MAX_VALUE;
    }

    public synchronized long commits() {
        return commits;
    }

    private synchronized CommitOutcome commit(ByteTransaction transaction) throws FileError {
        if (commitsLeft == 0) {
            throw new FileError(FileError.Kind.IO, "the store died");
        }
        CommitOutcome outcome = transaction.commit();
        if (outcome == CommitOutcome.COMMITTED) {
            commitsLeft--;
            commits++;
        }
        return outcome;
    }

    @Override
    public ByteReads latest() {
        return store.latest();
    }

    @Override
    public Snapshot snapshot() throws FileError {
        return store.snapshot();
    }

    @Override
    public ByteTransaction begin() throws FileError {
        return new Mortal(store.begin());
    }

    @Override
    public boolean exclusive() {
        return exclusive;
    }

    @Override
    public int mostRecords() {
        return store.mostRecords();
    }

    @Override
    public void sync() throws FileError {
        store.sync();
    }

    @Override
    public void close() {
        store.close();
    }

    private final class Mortal implements ByteTransaction {
        private final ByteTransaction transaction;
        private boolean writes;

        Mortal(ByteTransaction transaction) {
            this.transaction = transaction;
        }

        @Override
        public void expect(List<byte[]> keys) throws FileError {
            transaction.expect(keys);
        }

        @Override
        public byte @Nullable [] get(byte[] key) throws FileError {
            return transaction.get(key);
        }

        @Override
        public List<byte @Nullable []> getAll(List<byte[]> keys) throws FileError {
            return transaction.getAll(keys);
        }

        @Override
        public List<KeyValue> scan(byte[] from, byte[] to, int limit) throws FileError {
            return transaction.scan(from, to, limit);
        }

        @Override
        public List<KeyValue> scanBack(byte[] from, byte[] to, int limit) throws FileError {
            return transaction.scanBack(from, to, limit);
        }

        @Override
        public void put(byte[] key, byte[] value) throws FileError {
            writes = true;
            transaction.put(key, value);
        }

        @Override
        public void delete(byte[] key) throws FileError {
            writes = true;
            transaction.delete(key);
        }

        @Override
        public void deleteAll(byte[] beginning) throws FileError {
            writes = true;
            transaction.deleteAll(beginning);
        }

        @Override
        public void add(byte[] key, long delta) throws FileError {
            writes = true;
            transaction.add(key, delta);
        }

        @Override
        public CommitOutcome commit() throws FileError {
            return writes ? MortalByteStore.this.commit(transaction) : transaction.commit();
        }

        @Override
        public void close() {
            transaction.close();
        }
    }
}
