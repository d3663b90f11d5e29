package io.blockring.filesystem;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Native buffers for blocks, with a limit on all of their bytes together.
 *
 * <p>A buffer has a power of two from 64 KiB to a block, so that a small file does not cost a block of memory. Those
 * given back are kept for the next one; when their size is not the one asked for, they make room for it. Who waits
 * is served in the order of asking. Safe for use by many threads.
 */
final class BufferPool implements AutoCloseable {
    static final int SMALLEST_BYTES = 64 << 10;

    private final long limitBytes;
    private final int largestBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<Integer, Deque<PooledBuffer>> idle = new TreeMap<>();
    private final Deque<Object> waiting = new ArrayDeque<>();
    private long lentBytes;
    private long idleBytes;
    private boolean closed;

    BufferPool(long limitBytes, int largestBytes) {
        if (Integer.bitCount(largestBytes) != 1 || largestBytes < SMALLEST_BYTES || limitBytes < 2L * largestBytes) {
            throw new IllegalArgumentException("buffers of " + largestBytes + " bytes within " + limitBytes);
        }
        this.limitBytes = limitBytes;
        this.largestBytes = largestBytes;
    }

    /** A buffer of at least {@code bytes} if there is one now and nobody waits for one. */
    @Nullable
    PooledBuffer tryAcquire(int bytes) {
        int capacity = capacityFor(bytes);
        List<PooledBuffer> surplus = new ArrayList<>();
        PooledBuffer kept;
        lock.lock();
        try {
            if (!waiting.isEmpty() || !fits(capacity)) {
                return null;
            }
            kept = take(capacity, surplus);
        } finally {
            lock.unlock();
        }
        return handOut(kept, capacity, surplus);
    }

    /** A buffer of at least {@code bytes}, or null when there was none for {@code waitNanos}. */
    @Nullable
    PooledBuffer acquire(int bytes, long waitNanos) throws InterruptedException {
        int capacity = capacityFor(bytes);
        List<PooledBuffer> surplus = new ArrayList<>();
        PooledBuffer kept;
        Object ticket = new Object();
        lock.lockInterruptibly();
        try {
            waiting.addLast(ticket);
            try {
                long left = waitNanos;
                while (!ticket.equals(waiting.peekFirst()) || !fits(capacity)) {
                    if (left <= 0) {
                        return null;
                    }
                    left = changed.awaitNanos(left);
                }
                kept = take(capacity, surplus);
            } finally {
                waiting.remove(ticket);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
        return handOut(kept, capacity, surplus);
    }

    /** Takes a buffer back from its owner. */
    void release(PooledBuffer buffer) {
        boolean keep;
        lock.lock();
        try {
            buffer.lend(false);
            lentBytes -= buffer.capacity();
            keep = !closed;
            if (keep) {
                idleBytes += buffer.capacity();
                idle.computeIfAbsent(buffer.capacity(), _ -> new ArrayDeque<>()).addLast(buffer);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (!keep) {
            buffer.free();
        }
    }

    /** The size of the buffer that {@link #acquire} gives for {@code bytes}. */
    int capacityFor(int bytes) {
        if (bytes <= 0 || bytes > largestBytes) {
            throw new IllegalArgumentException("no buffer has " + bytes + " bytes");
        }
        int atLeast = Math.max(bytes, SMALLEST_BYTES);
        int power = Integer.highestOneBit(atLeast);
        return power == atLeast ? power : power << 1;
    }

    long lentBytes() {
        lock.lock();
        try {
            return lentBytes;
        } finally {
            lock.unlock();
        }
    }

    long limitBytes() {
        return limitBytes;
    }

    private boolean fits(int capacity) {
        return !closed && lentBytes + capacity <= limitBytes;
    }

    /** Books a buffer: one that is kept, or null for one to allocate, and in {@code surplus} those to free for it. */
    private @Nullable PooledBuffer take(int capacity, List<PooledBuffer> surplus) {
        lentBytes += capacity;
        Deque<PooledBuffer> same = idle.get(capacity);
        PooledBuffer kept = same == null ? null : same.pollLast();
        if (kept != null) {
            idleBytes -= capacity;
            kept.lend(true);
            return kept;
        }
        for (Deque<PooledBuffer> buffers : idle.values()) {
            while (lentBytes + idleBytes > limitBytes && !buffers.isEmpty()) {
                PooledBuffer buffer = buffers.removeFirst();
                idleBytes -= buffer.capacity();
                surplus.add(buffer);
            }
        }
        return null;
    }

    private static PooledBuffer handOut(@Nullable PooledBuffer kept, int capacity, List<PooledBuffer> surplus) {
        surplus.forEach(PooledBuffer::free);
        return kept != null ? kept : PooledBuffer.allocate(capacity);
    }

    /** Frees what is idle now, and what is lent when it is given back. Nobody gets a buffer any more. */
    @Override
    public void close() {
        List<PooledBuffer> surplus = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            idle.values().forEach(surplus::addAll);
            idle.clear();
            idleBytes = 0;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        surplus.forEach(PooledBuffer::free);
    }
}
