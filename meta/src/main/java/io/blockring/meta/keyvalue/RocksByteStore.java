package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.MetaEngine;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.OptimisticTransactionDB;
import org.rocksdb.OptimisticTransactionOptions;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksObject;
import org.rocksdb.Transaction;
import org.rocksdb.UInt64AddOperator;
import org.rocksdb.WriteOptions;

/**
 * Keys and values in RocksDB, in a folder of this machine that this process alone has open.
 *
 * <p>A commit returns when the write-ahead log has been handed to the kernel: it outlives this process. {@link #sync}
 * waits until the log is on the disk and so outlives the machine, for everything before it: what a power cut leaves
 * is always a state that was. Callers that meet in {@link #sync} share one flush.
 */
public final class RocksByteStore implements ByteStore {
    private static final long WRITE_BUFFER_BYTES = 16L << 20;
    private static final long BLOCK_CACHE_BYTES = 64L << 20;
    private static final long LOG_BYTES = 64L << 20;
    private static final int OPEN_FILES = 512;
    private static final int BLOOM_BITS = 10;
    private static final int INFO_LOGS = 3;
    private static final long INFO_LOG_BYTES = 4L << 20;
    /** A counter in memory is summed up after this many additions, so that reading it stays cheap. */
    private static final int COUNTER_ADDITIONS = 64;

    /** Whether commits that must outlive the machine wait for the disk. */
    public enum Durability {
        /** Yes; what is never synced may be lost with the machine's power, the newest first. */
        MACHINE,
        /** No: everything outlives a kill of the process, and nothing is promised beyond that. */
        PROCESS
    }

    private final List<RocksObject> owned;
    private final OptimisticTransactionDB db;
    private final ReadOptions plainRead = new ReadOptions();
    private final WriteOptions write = new WriteOptions();
    private final OptimisticTransactionOptions transactionOptions =
            new OptimisticTransactionOptions().setSetSnapshot(true);
    private final SharedFlush logFlush;
    private final ReentrantReadWriteLock openness = new ReentrantReadWriteLock();
    private boolean open = true;
    private final ByteReads latest;

    private RocksByteStore(OptimisticTransactionDB db, List<RocksObject> owned, Durability durability) {
        this.db = db;
        this.owned = owned;
        this.latest = new RocksReads(this, plainRead);
        this.logFlush = new SharedFlush(durability == Durability.MACHINE ? this::flushLog : () -> {});
    }

    /** Opens the database in {@code folder}, making it where {@code create} allows. */
    static RocksByteStore open(Path folder, boolean create, Durability durability) throws RocksDBException {
        RocksDB.loadLibrary();
        var cache = new LRUCache(BLOCK_CACHE_BYTES);
        var filter = new BloomFilter(BLOOM_BITS);
        var adding = new UInt64AddOperator();
        var options = new Options()
                .setCreateIfMissing(create)
                .setWriteBufferSize(WRITE_BUFFER_BYTES)
                .setMaxTotalWalSize(LOG_BYTES)
                .setMaxOpenFiles(OPEN_FILES)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setMergeOperator(adding)
                .setMaxSuccessiveMerges(COUNTER_ADDITIONS)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setKeepLogFileNum(INFO_LOGS)
                .setMaxLogFileSize(INFO_LOG_BYTES)
                .setTableFormatConfig(
                        new BlockBasedTableConfig().setBlockCache(cache).setFilterPolicy(filter));
        List<RocksObject> owned = List.of(options, adding, filter, cache);
        try {
            return new RocksByteStore(OptimisticTransactionDB.open(options, folder.toString()), owned, durability);
        } catch (RocksDBException e) {
            owned.forEach(RocksObject::close);
            throw e;
        }
    }

    /** The metadata of a volume in the RocksDB database in {@code folder}. */
    public static MetaEngine engine(Path folder, boolean create, Durability durability) throws RocksDBException {
        return new KeyValueEngine(open(folder, create, durability), MetaEngine.UsageCounting.TRANSACTIONAL);
    }

    @Override
    public ByteReads latest() {
        return latest;
    }

    @Override
    public Snapshot snapshot() throws FileError {
        return new RocksSnapshot(this);
    }

    @Override
    public ByteTransaction begin() throws FileError {
        Lock use = use();
        Transaction transaction = db.beginTransaction(write, transactionOptions);
        return new RocksByteTransaction(transaction, use);
    }

    @Override
    public boolean exclusive() {
        return true;
    }

    @Override
    public void sync() throws FileError {
        logFlush.run();
    }

    private void flushLog() throws FileError {
        Lock use = use();
        try {
            db.syncWal();
        } catch (RocksDBException e) {
            throw failure(e);
        } finally {
            use.unlock();
        }
    }

    OptimisticTransactionDB db() {
        return db;
    }

    /** Holds the database open until the lock is released; a closed one must not be touched, for it is native. */
    Lock use() throws FileError {
        Lock use = openness.readLock();
        use.lock();
        if (!open) {
            use.unlock();
            throw new FileError(FileError.Kind.IO, "the metadata are closed");
        }
        return use;
    }

    static FileError failure(RocksDBException e) {
        return new FileError(FileError.Kind.IO, "RocksDB: " + e.getMessage(), e);
    }

    @Override
    public void close() {
        @Nullable RocksDBException failed = null;
        openness.writeLock().lock();
        try {
            if (!open) {
                return;
            }
            open = false;
            try {
                db.syncWal();
            } catch (RocksDBException e) {
                failed = e;
            }
            plainRead.close();
            transactionOptions.close();
            write.close();
            db.close();
            owned.forEach(RocksObject::close);
        } finally {
            openness.writeLock().unlock();
        }
        if (failed != null) {
            throw new IllegalStateException("the metadata's log was not synced at the end", failed);
        }
    }
}
