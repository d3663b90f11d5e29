package io.blockring.meta.keyvalue;

import static io.blockring.meta.encoding.Decoding.decode;

import io.blockring.meta.Attr;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import io.blockring.meta.encoding.ValueCodec;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.CommitOutcome;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.Looked;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.MetaScans;
import io.blockring.meta.engine.MetaSnapshot;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.Stamp;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
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
        public MetaScans scans() {
            return new KeyValueScans(snapshot);
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
    private final UsageCounting usageCounting;
    private final PendingSums pending = new PendingSums();
    private final KeyValueReads reads;
    private final ReentrantLock counting = new ReentrantLock();

    KeyValueEngine(ByteStore store, UsageCounting usageCounting) {
        this.store = store;
        this.usageCounting = usageCounting;
        this.reads = new KeyValueReads(store.latest()) {
            @Override
            public long counter(Counter counter) throws FileError {
                return super.counter(counter) + pending.of(counter);
            }

            @Override
            public @Nullable DirectoryStats directoryStats(long directory) throws FileError {
                return pending.with(directory, super.directoryStats(directory));
            }

            @Override
            public @Nullable Quota quota(QuotaOwner owner) throws FileError {
                return pending.with(owner, super.quota(owner));
            }
        };
    }

    @Override
    public UsageCounting usageCounting() {
        return usageCounting;
    }

    @Override
    public boolean exclusive() {
        return store.exclusive();
    }

    @Override
    public int mostRecords() {
        return store.mostRecords();
    }

    @Override
    public MetaReads reads() {
        return reads;
    }

    /**
     * A name that is missing was so at the moment of that read, when the directory was there if it is still: no inode is
     * made twice. An entry without an inode may have been replaced between two reads: then it is looked at one moment.
     */
    @Override
    public Looked look(long directory, Name name) throws FileError {
        Child child = reads.child(directory, name);
        if (child == null) {
            return new Looked(null, reads.attr(directory));
        }
        Attr attr = reads.attr(child.inode());
        if (attr != null) {
            return new Looked(new Entry(child.inode(), attr), null);
        }
        try (MetaSnapshot moment = snapshot()) {
            Entry entry = find(moment, directory, name);
            return new Looked(entry, entry == null ? moment.attr(directory) : null);
        }
    }

    private static @Nullable Entry find(MetaReads from, long directory, Name name) throws FileError {
        Child child = from.child(directory, name);
        Attr attr = child == null ? null : from.attr(child.inode());
        return child == null || attr == null ? null : new Entry(child.inode(), attr);
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
        return new KeyValueTransaction(store.begin(), pending, usageCounting == UsageCounting.DEFERRED);
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

    /** Sums of directories that one transaction changed may be written by several: each is what it is for itself. */
    @Override
    public void flushUsage() throws FileError {
        List<PendingSums.Changes> parts = pending.take().parts(store.mostRecords());
        int written = 0;
        try {
            for (PendingSums.Changes part : parts) {
                if (!flush(part)) {
                    pending.add(part);
                }
                written++;
            }
        } finally {
            parts.subList(written, parts.size()).forEach(pending::add);
        }
    }

    private boolean flush(PendingSums.Changes changes) throws FileError {
        try (ByteTransaction transaction = store.begin()) {
            KeyValue probe = write(changes, transaction);
            return switch (transaction.commit()) {
                case COMMITTED -> true;
                case CONFLICT -> false;
                case UNKNOWN -> probe == null || Arrays.equals(store.latest().get(probe.key()), probe.value());
            };
        }
    }

    /** Writes sums; returns one of the records, which tells later whether they all were written. */
    private static @Nullable KeyValue write(PendingSums.Changes changes, ByteTransaction transaction) throws FileError {
        KeyValue probe = null;
        for (Map.Entry<Counter, Long> delta : changes.counters.entrySet()) {
            transaction.add(KeyLayout.counter(delta.getKey()), delta.getValue());
        }
        var records = new KeyValueReads(transaction);
        for (Map.Entry<Long, DirectoryStats> more : changes.directories.entrySet()) {
            DirectoryStats stored = records.directoryStats(more.getKey());
            if (stored != null) {
                probe = new KeyValue(
                        KeyLayout.directoryStats(more.getKey()),
                        ValueCodec.directoryStats(stored.plus(more.getValue())));
                transaction.put(probe.key(), probe.value());
            }
        }
        for (Map.Entry<QuotaOwner, PendingSums.Use> more : changes.quotas.entrySet()) {
            Quota stored = records.quota(more.getKey());
            if (stored == null && more.getKey() instanceof QuotaOwner.Directory) {
                continue;
            }
            Quota before = stored != null ? stored : new Quota(Quota.UNLIMITED, Quota.UNLIMITED, 0, 0);
            Quota after =
                    before.plusUsed(more.getValue().space(), more.getValue().inodes());
            probe = new KeyValue(KeyLayout.quota(more.getKey()), ValueCodec.quota(after));
            transaction.put(probe.key(), probe.value());
        }
        return probe;
    }

    @Override
    public void sync() throws FileError {
        store.sync();
    }

    @Override
    public void dropOldVersions() throws FileError {
        store.dropOldVersions();
    }

    @Override
    public @Nullable Instant versionsSince() throws FileError {
        return store.versionsSince();
    }

    @Override
    public void close() {
        store.close();
    }
}
