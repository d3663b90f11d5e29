package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Reads of an open database, of now or of the moment that the options name. */
final class RocksReads implements ByteReads {
    private final RocksByteStore store;
    private final ReadOptions options;

    RocksReads(RocksByteStore store, ReadOptions options) {
        this.store = store;
        this.options = options;
    }

    @Override
    public byte @Nullable [] get(byte[] key) throws FileError {
        Lock use = store.use();
        try {
            return store.db().get(options, key);
        } catch (RocksDBException e) {
            throw RocksByteStore.failure(e);
        } finally {
            use.unlock();
        }
    }

    @Override
    public List<byte @Nullable []> getAll(List<byte[]> keys) throws FileError {
        if (keys.isEmpty()) {
            return List.of();
        }
        Lock use = store.use();
        try {
            return new ArrayList<byte @Nullable []>(store.db().multiGetAsList(options, keys));
        } catch (RocksDBException e) {
            throw RocksByteStore.failure(e);
        } finally {
            use.unlock();
        }
    }

    @Override
    public List<KeyValue> scan(byte[] from, byte[] to, int limit) throws FileError {
        Lock use = store.use();
        try (RocksIterator iterator = store.db().newIterator(options)) {
            return pairs(iterator, from, to, limit);
        } finally {
            use.unlock();
        }
    }

    @Override
    public List<KeyValue> scanBack(byte[] from, byte[] to, int limit) throws FileError {
        Lock use = store.use();
        try (RocksIterator iterator = store.db().newIterator(options)) {
            return pairsBack(iterator, from, to, limit);
        } finally {
            use.unlock();
        }
    }

    static List<KeyValue> pairs(RocksIterator iterator, byte[] from, byte[] to, int limit) throws FileError {
        var found = new ArrayList<KeyValue>();
        for (iterator.seek(from); iterator.isValid() && found.size() < limit; iterator.next()) {
            byte[] key = iterator.key();
            if (Arrays.compareUnsigned(key, to) >= 0) {
                break;
            }
            found.add(new KeyValue(key, iterator.value()));
        }
        requireWhole(iterator);
        return found;
    }

    static List<KeyValue> pairsBack(RocksIterator iterator, byte[] from, byte[] to, int limit) throws FileError {
        var found = new ArrayList<KeyValue>();
        iterator.seekForPrev(to);
        if (iterator.isValid() && Arrays.equals(iterator.key(), to)) {
            iterator.prev();
        }
        for (; iterator.isValid() && found.size() < limit; iterator.prev()) {
            byte[] key = iterator.key();
            if (Arrays.compareUnsigned(key, from) < 0) {
                break;
            }
            found.add(new KeyValue(key, iterator.value()));
        }
        requireWhole(iterator);
        return found;
    }

    /** An iterator that meets an error only ends. */
    private static void requireWhole(RocksIterator iterator) throws FileError {
        try {
            iterator.status();
        } catch (RocksDBException e) {
            throw RocksByteStore.failure(e);
        }
    }
}
