package io.blockring.meta.tree;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.MetaEngine;
import java.util.concurrent.locks.ReentrantLock;

/** Ids that no client gives twice, taken from a counter of the volume in batches; a rest is never given back. */
final class Ids {
    private final MetaEngine engine;
    private final Counter counter;
    private final int batch;
    private final long first;
    private final ReentrantLock lock = new ReentrantLock();
    private long next;
    private long end;

    /** Ids from {@code first} on, {@code batch} at a time. */
    Ids(MetaEngine engine, Counter counter, int batch, long first) {
        this.engine = engine;
        this.counter = counter;
        this.batch = batch;
        this.first = first;
    }

    long next() throws FileError {
        lock.lock();
        try {
            while (next >= end) {
                end = more(engine, counter, batch);
                next = Math.max(first, end - batch);
            }
            return next++;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes ids from a counter of the volume.
     *
     * @return the last of them; fails with IO where the counter is not above 0, as only a spoilt one is
     */
    static long more(MetaEngine engine, Counter counter, int count) throws FileError {
        long last = engine.increment(counter, count);
        if (last <= 0) {
            throw new FileError(
                    FileError.Kind.IO,
                    "the counter %s stands at %d and gives no ids".formatted(counter.formatName(), last));
        }
        return last;
    }
}
