package io.blockring.meta.keyvalue;

import static io.blockring.meta.encoding.Decoding.decode;

import io.blockring.meta.FileError;
import io.blockring.meta.encoding.ValueCodec;
import io.blockring.meta.engine.CommitOutcome;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.MetaScans;
import io.blockring.meta.engine.MetaSnapshot;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Stamp;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The records of a volume in an ordered store of keys. */
public final class KeyValueEngine implements MetaEngine {
    /** How often a counter is tried; each failure is another client's success. */
    private static final int COUNTER_TRIES = 1000;

    private static final class Moment extends KeyValueReads implements MetaSnapshot {
        private final ByteStore.Snapshot snapshot;

        private Moment(ByteStore.Snapshot snapshot) {
            super(snapshot);
            this.snapshot = snapshot;
        }

        @Override
        public void close() {
            snapshot.close();
        }
    }

    @FunctionalInterface
    private interface Change<T> {
        T apply(ByteTransaction transaction) throws FileError;
    }

    private final ByteStore store;
    private final @Nullable DeferredCounters deferred;
    private final KeyValueReads reads;
    private final ReentrantLock counting = new ReentrantLock();

    KeyValueEngine(ByteStore store, UsageCounting usageCounting) {
        this.store = store;
        this.deferred = usageCounting == UsageCounting.DEFERRED ? new DeferredCounters() : null;
        this.reads = new KeyValueReads(store.latest()) {
            @Override
            public long counter(Counter counter) throws FileError {
                return super.counter(counter) + (deferred == null ? 0 : deferred.of(counter));
            }
        };
    }

    @Override
    public UsageCounting usageCounting() {
        return deferred == null ? UsageCounting.TRANSACTIONAL : UsageCounting.DEFERRED;
    }

    @Override
    public boolean exclusive() {
        return store.exclusive();
    }

    @Override
    public MetaReads reads() {
        return reads;
    }

    @Override
    public MetaScans scans() {
        return new KeyValueScans(store.latest());
    }

    @Override
    public MetaSnapshot snapshot() throws FileError {
        return new Moment(store.snapshot());
    }

    @Override
    public MetaTransaction begin() throws FileError {
        return new KeyValueTransaction(store.begin(), deferred);
    }

    @Override
    public long increment(Counter counter, long delta) throws FileError {
        byte[] key = KeyLayout.counter(counter);
        long sum = changed(transaction -> {
            byte[] value = transaction.get(key);
            long now = value == null ? 0 : decode("counter", key, value, ValueCodec::counter);
            transaction.put(key, ValueCodec.counter(now + delta));
            return now + delta;
        });
        store.sync();
        return sum;
    }

    @Override
    public boolean setIfSmaller(Stamp stamp, long value, long distance) throws FileError {
        byte[] key = KeyLayout.stamp(stamp);
        return changed(transaction -> {
            byte[] old = transaction.get(key);
            if (old != null && decode("stamp", key, old, ValueCodec::stamp) > value - distance) {
                return false;
            }
            transaction.put(key, ValueCodec.stamp(value));
            return true;
        });
    }

    /**
     * Runs a change of one key until it is committed. A commit of unknown outcome is made again: a counter skips ids
     * then, and a stamp may say no although it was set, both of which do no harm.
     */
    private <T> T changed(Change<T> change) throws FileError {
        counting.lock();
        try {
            for (int i = 0; i < COUNTER_TRIES; i++) {
                try (ByteTransaction transaction = store.begin()) {
                    T result = change.apply(transaction);
                    if (transaction.commit() == CommitOutcome.COMMITTED) {
                        return result;
                    }
                }
            }
        } finally {
            counting.unlock();
        }
        throw new FileError(FileError.Kind.IO, "a counter changed " + COUNTER_TRIES + " times while it was changed");
    }

    @Override
    public void flushUsage() throws FileError {
        if (deferred == null) {
            return;
        }
        Map<Counter, Long> deltas = deferred.take();
        boolean written = false;
        try (ByteTransaction transaction = store.begin()) {
            for (Map.Entry<Counter, Long> delta : deltas.entrySet()) {
                transaction.add(KeyLayout.counter(delta.getKey()), delta.getValue());
            }
            written = transaction.commit() != CommitOutcome.CONFLICT;
        } finally {
            if (!written) {
                deferred.add(deltas);
            }
        }
    }

    @Override
    public void sync() throws FileError {
        store.sync();
    }

    @Override
    public void close() {
        store.close();
    }
}
