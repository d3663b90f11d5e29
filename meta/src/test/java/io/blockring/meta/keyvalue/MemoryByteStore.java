package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import io.blockring.meta.encoding.ValueCodec;
import io.blockring.meta.engine.CommitOutcome;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory that is as hard on its callers as any engine may be: like Redis, it reads no moment but what is
 * there at each read, keeps the writes back until the commit, and refuses to read a key that the transaction wrote. It
 * can also lose answers.
 */
public final class MemoryByteStore implements ByteStore {
    private record Versioned(List<Byte> value, long version) {}

    private final NavigableMap<byte[], Versioned> records = new TreeMap<>(Arrays::compareUnsigned);
    private final boolean exclusive;
    private @Nullable Random losesAnswers;
    private volatile Runnable atSync = () -> {};
    private long versions;

    public MemoryByteStore(boolean exclusive) {
        this.exclusive = exclusive;
    }

    /** From now on every fourth commit or so is not answered, half of which happened; null answers all again. */
    public void loseAnswers(@Nullable Random random) {
        losesAnswers = random;
    }

    /** What happens whenever somebody waits for the disk. */
    public void atSync(Runnable what) {
        atSync = what;
    }

    /** A copy of all records. */
    public synchronized SortedMap<byte[], byte[]> dump() {
        var copy = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
        records.forEach((key, value) -> copy.put(key.clone(), bytes(value.value())));
        return copy;
    }

    @Override
    public ByteReads latest() {
        return new Latest();
    }

    @Override
    public Snapshot snapshot() {
        return new Moment();
    }

    @Override
    public ByteTransaction begin() {
        return new Queued();
    }

    @Override
    public boolean exclusive() {
        return exclusive;
    }

    @Override
    public void sync() {
        atSync.run();
    }

    @Override
    public void close() {}

    private synchronized @Nullable Versioned find(byte[] key) {
        return records.get(key);
    }

    private synchronized List<KeyValue> find(byte[] from, byte[] to, int limit) {
        return records.subMap(from, true, to, false).entrySet().stream()
                .limit(limit)
                .map(record -> new KeyValue(
                        record.getKey().clone(), bytes(record.getValue().value())))
                .toList();
    }

    private synchronized CommitOutcome commit(
            Map<List<Byte>, Long> watched, Map<List<Byte>, byte @Nullable []> writes, Map<List<Byte>, Long> additions)
            throws FileError {
        for (Map.Entry<List<Byte>, Long> watch : watched.entrySet()) {
            Versioned now = records.get(bytes(watch.getKey()));
            if ((now == null ? 0 : now.version()) != watch.getValue()) {
                return CommitOutcome.CONFLICT;
            }
        }
        if (writes.isEmpty() && additions.isEmpty()) {
            return CommitOutcome.COMMITTED;
        }
        int luck = losesAnswers == null ? -1 : losesAnswers.nextInt(8);
        if (luck == 0) {
            return CommitOutcome.UNKNOWN;
        }
        versions++;
        writes.forEach((key, value) -> {
            if (value == null) {
                records.remove(bytes(key));
            } else {
                records.put(bytes(key), new Versioned(list(value), versions));
            }
        });
        additions.forEach((key, delta) -> {
            Versioned old = records.get(bytes(key));
            // RocksDB's operator counts what is no number as 0.
            long before = old == null || old.value().size() != Long.BYTES ? 0 : ValueCodec.counter(bytes(old.value()));
            long sum = delta + before;
            records.put(bytes(key), new Versioned(list(ValueCodec.counter(sum)), versions));
        });
        return luck == 1 ? CommitOutcome.UNKNOWN : CommitOutcome.COMMITTED;
    }

    private static List<Byte> list(byte[] bytes) {
        var list = new ArrayList<Byte>(bytes.length);
        for (byte b : bytes) {
            list.add(b);
        }
        return list;
    }

    private static byte[] bytes(List<Byte> list) {
        byte[] bytes = new byte[list.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = list.get(i);
        }
        return bytes;
    }

    private class Latest implements ByteReads {
        @Override
        public byte @Nullable [] get(byte[] key) throws FileError {
            Versioned found = find(key);
            return found == null ? null : bytes(found.value());
        }

        @Override
        public List<byte @Nullable []> getAll(List<byte[]> keys) throws FileError {
            var values = new ArrayList<byte @Nullable []>();
            for (byte[] key : keys) {
                values.add(get(key));
            }
            return values;
        }

        @Override
        public List<KeyValue> scan(byte[] from, byte[] to, int limit) throws FileError {
            return find(from, to, limit);
        }

        @Override
        public List<KeyValue> scanBack(byte[] from, byte[] to, int limit) throws FileError {
            return find(from, to, Integer.MAX_VALUE).reversed().stream()
                    .limit(limit)
                    .toList();
        }
    }

    /** No moment at all, as the contract allows. */
    private final class Moment extends Latest implements Snapshot {
        @Override
        public void close() {}
    }

    private final class Queued extends Latest implements ByteTransaction {
        private final Map<List<Byte>, Long> watched = new HashMap<>();
        private final Map<List<Byte>, byte @Nullable []> writes = new LinkedHashMap<>();
        private final Map<List<Byte>, Long> additions = new LinkedHashMap<>();

        @Override
        public byte @Nullable [] get(byte[] key) {
            List<Byte> name = list(key);
            if (writes.containsKey(name) || additions.containsKey(name)) {
                throw new IllegalStateException(
                        "a record is read again after it was written: " + new String(key, StandardCharsets.ISO_8859_1));
            }
            Versioned found = find(key);
            watched.putIfAbsent(name, found == null ? 0 : found.version());
            return found == null ? null : bytes(found.value());
        }

        @Override
        public void put(byte[] key, byte[] value) {
            writes.put(list(key), value.clone());
        }

        @Override
        public void delete(byte[] key) {
            writes.put(list(key), null);
        }

        @Override
        public void add(byte[] key, long delta) {
            additions.merge(list(key), delta, Long::sum);
        }

        @Override
        public CommitOutcome commit() throws FileError {
            return MemoryByteStore.this.commit(watched, writes, additions);
        }

        @Override
        public void close() {}
    }
}
