package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import java.util.List;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.Snapshot;

/** Reads of one moment; it holds the database open. */
final class RocksSnapshot implements ByteStore.Snapshot {
    private final RocksByteStore store;
    private final Lock use;
    private final Snapshot snapshot;
    private final ReadOptions options;
    private final RocksReads reads;

    RocksSnapshot(RocksByteStore store) throws FileError {
        this.store = store;
        this.use = store.use();
        this.snapshot = store.db().getSnapshot();
        this.options = new ReadOptions().setSnapshot(snapshot);
        this.reads = new RocksReads(store, options);
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

    @Override
    public void close() {
        options.close();
        store.db().releaseSnapshot(snapshot);
        use.unlock();
    }
}
