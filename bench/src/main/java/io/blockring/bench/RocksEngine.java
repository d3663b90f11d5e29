package io.blockring.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.rocksdb.OptimisticTransactionDB;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Transaction;
import org.rocksdb.WriteOptions;

/** RocksDB, with optimistic transactions that outlive the process, as ours are. */
record RocksEngine(Path plain) implements MetadataFigure.Engine {
    /** About those of a new file: its attributes, its entry, its directory. */
    private static final int RECORDS = 3;

    private static final int RECORD_BYTES = 72;

    @Override
    public String label() {
        return "rocksdb";
    }

    @Override
    public String volume(Path folder) {
        return "rocksdb://" + folder.resolve("meta");
    }

    @Override
    public double plainTransactions(int clients, int count) throws IOException {
        RocksDB.loadLibrary();
        try (var options = new Options().setCreateIfMissing(true);
                var read = new ReadOptions();
                var write = new WriteOptions();
                OptimisticTransactionDB db = OptimisticTransactionDB.open(options, plain.toString())) {
            int each = count / clients;
            return clients * each / Crew.seconds(clients, client -> commit(db, read, write, client, each));
        } catch (RocksDBException e) {
            throw new IOException("RocksDB failed", e);
        }
    }

    private static void commit(OptimisticTransactionDB db, ReadOptions read, WriteOptions write, int client, int count)
            throws RocksDBException {
        byte[] value = new byte[RECORD_BYTES];
        for (int i = 0; i < count; i++) {
            try (Transaction transaction = db.beginTransaction(write)) {
                for (int record = 0; record < RECORDS; record++) {
                    byte[] key = (client + "/" + i + "/" + record).getBytes(StandardCharsets.US_ASCII);
                    transaction.getForUpdate(read, key, false);
                    transaction.put(key, value);
                }
                transaction.commit();
            }
        }
    }
}
