package io.blockring.meta.redis;

import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import io.blockring.meta.engine.CommitOutcome;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.Looked;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.MetaScans;
import io.blockring.meta.engine.MetaSnapshot;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Stamp;
import org.jspecify.annotations.Nullable;

/** The records of a volume in Redis. */
final class RedisEngine implements MetaEngine {
    private final RedisLink link;
    private final RedisKeys keys;
    private final SortedListings listings;
    private final RedisReads reads;

    RedisEngine(RedisLink link, RedisKeys keys) {
        this.link = link;
        this.keys = keys;
        this.listings = new SortedListings(link, keys);
        this.reads = new RedisReads(link, keys, listings);
    }

    /** Redis has no moments: what is read is as of each read. */
    private static final class Now extends RedisReads implements MetaSnapshot {
        private final MetaScans scans;

        Now(RedisLink link, RedisKeys keys, SortedListings listings) {
            super(link, keys, listings);
            scans = new RedisScans(link, keys);
        }

        @Override
        public MetaScans scans() {
            return scans;
        }

        @Override
        public void close() {}
    }

    @Override
    public UsageCounting usageCounting() {
        return UsageCounting.TRANSACTIONAL;
    }

    @Override
    public boolean exclusive() {
        return false;
    }

    @Override
    public MetaReads reads() {
        return reads;
    }

    @Override
    public Looked look(long directory, Name name) throws FileError {
        return reads.look(directory, name);
    }

    @Override
    public MetaScans scans() {
        return new RedisScans(link, keys);
    }

    @Override
    public MetaSnapshot snapshot() {
        return new Now(link, keys, listings);
    }

    @Override
    public MetaTransaction begin() {
        return new RedisTransaction(link, keys, listings);
    }

    /** An answer that was lost skips ids when it is asked again. */
    @Override
    public long increment(Counter counter, long delta) throws FileError {
        Object sum = link.ask(Command.of("INCRBY", keys.counter(counter)).number(delta));
        return RedisCounters.toPort(counter, Answers.number(sum));
    }

    /** Whoever changed it meanwhile is the one to do the job; so is one whose answer was lost. */
    @Override
    public boolean setIfSmaller(Stamp stamp, long value, long distance) throws FileError {
        var transaction = new RedisTransaction(link, keys, listings);
        @Nullable Long old = transaction.stamp(stamp);
        if (old != null && old > value - distance) {
            return false;
        }
        transaction.putStamp(stamp, value);
        return transaction.commit() == CommitOutcome.COMMITTED;
    }

    @Override
    public void flushUsage() {}

    /** What the server acknowledged is as durable as it is set up to be: see {@code docs/operations.md}. */
    @Override
    public void sync() {}

    @Override
    public void close() {
        listings.close();
        link.close();
    }
}
