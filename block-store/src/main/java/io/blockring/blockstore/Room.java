package io.blockring.blockstore;

import java.util.concurrent.atomic.AtomicLong;

/** A limit of bytes and how many of them are taken: not more than the limit, unless that is lowered. */
final class Room {
    private final AtomicLong used = new AtomicLong();
    private volatile long limit;

    Room(long limit) {
        this.limit = limit;
    }

    /** Takes {@code bytes}, all or none. */
    boolean tryTake(long bytes) {
        long before = used.get();
        while (bytes <= limit - before) {
            long seen = used.compareAndExchange(before, before + bytes);
            if (seen == before) {
                return true;
            }
            before = seen;
        }
        return false;
    }

    /** Takes what is there already: blocks of an earlier run, which may have had a higher limit. */
    void load(long bytes) {
        used.addAndGet(bytes);
    }

    void give(long bytes) {
        if (used.addAndGet(-bytes) < 0) {
            throw new IllegalStateException("more room was given back than was taken");
        }
    }

    void limitTo(long bytes) {
        limit = bytes;
    }

    long limit() {
        return limit;
    }

    long used() {
        return used.get();
    }
}
