package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaEngine.UsageCounting;
import io.blockring.meta.keyvalue.RocksByteStore.Durability;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.rocksdb.RocksDBException;

/** Engines for the tests of other packages, whose records can be looked at. */
public final class TestStores implements AutoCloseable {
    /** Reads all records in the layout of keys and values. */
    @FunctionalInterface
    public interface Dump {
        SortedMap<byte[], byte[]> read() throws FileError;
    }

    /** A flush whose commit fails is made good by the next. */
    private static final int FLUSHES = 20;

    private final MetaEngine engine;
    private final Dump dump;

    /** An engine whose records {@code dump} reads. */
    public TestStores(MetaEngine engine, Dump dump) {
        this.engine = engine;
        this.dump = dump;
    }

    TestStores(ByteStore store, UsageCounting counting) {
        this(new KeyValueEngine(store, counting), () -> dump(store));
    }

    /** RocksDB in a folder. */
    public static TestStores rocks(Path folder) throws RocksDBException {
        return new TestStores(RocksByteStore.open(folder, true, Durability.PROCESS), UsageCounting.TRANSACTIONAL);
    }

    public static TestStores memory(MemoryByteStore store) {
        return new TestStores(store, UsageCounting.TRANSACTIONAL);
    }

    /** A store in memory that holds these records. */
    public static TestStores memory(SortedMap<byte[], byte[]> records) throws FileError {
        var store = new MemoryByteStore(false);
        try (ByteTransaction transaction = store.begin()) {
            for (Map.Entry<byte[], byte[]> record : records.entrySet()) {
                transaction.put(record.getKey(), record.getValue());
            }
            transaction.commit();
        }
        return memory(store);
    }

    public static TestStores memoryWithDeferredCounters(MemoryByteStore store) {
        return deferred(store);
    }

    static TestStores deferred(ByteStore store) {
        return new TestStores(store, UsageCounting.DEFERRED);
    }

    public MetaEngine engine() {
        return engine;
    }

    /** All records in the order of their keys. */
    public SortedMap<byte[], byte[]> dump() throws FileError {
        for (int i = 0; i < FLUSHES; i++) {
            engine.flushUsage();
        }
        return dump.read();
    }

    private static SortedMap<byte[], byte[]> dump(ByteStore store) throws FileError {
        var dump = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
        store.latest()
                .scan(new byte[0], new byte[] {(byte) 0xFF}, Integer.MAX_VALUE)
                .forEach(pair -> dump.put(pair.key(), pair.value()));
        return dump;
    }

    @Override
    public void close() {
        engine.close();
    }
}
