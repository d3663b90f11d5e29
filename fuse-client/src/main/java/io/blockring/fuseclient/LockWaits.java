package io.blockring.fuseclient;

import io.blockring.meta.FileError;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests for locks that somebody else has. Each waits on a virtual thread of its own and is answered from there,
 * for the threads that read requests must go on: what it waits for may be one of those.
 *
 * <p>A lock is asked for again after pauses that grow and are drawn at random, and at once when this mount gave one on
 * the inode back. Any signal breaks a wait off, as POSIX has it: the kernel knows who wants to go on and asks again.
 */
final class LockWaits implements AutoCloseable {
    /** Requests that wait at once; one more is answered ENOLCK. */
    static final int MOST = 1000;

    private static final Logger log = LoggerFactory.getLogger(LockWaits.class);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(100);

    /** How long those that are broken off at the end have to answer. */
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(2);

    private final RunningRequests running;
    private final int most;
    private final Semaphore free;
    private final Map<Long, Waiter> waiters = new ConcurrentHashMap<>();
    private volatile boolean closed;

    LockWaits(RunningRequests running) {
        this(running, MOST);
    }

    /** With another limit of requests that wait at once. */
    LockWaits(RunningRequests running, int most) {
        this.running = running;
        this.most = most;
        this.free = new Semaphore(most);
    }

    /** Tries to take a lock; whether it was taken. */
    @FunctionalInterface
    interface Attempt {
        boolean take() throws FileError;
    }

    /**
     * Has {@code attempt} made until it succeeds, and {@code request} answered then.
     *
     * @param device where the request came from, and its answer goes
     * @return 0, or a negative errno when it cannot wait
     */
    long add(FuseDevice device, Request request, Attempt attempt) {
        if (!free.tryAcquire()) {
            log.warn("{} locks are waited for; no more can be", most);
            return -Errno.ENOLCK.code();
        }
        var waiter = new Waiter(device, request.unique(), request.node(), attempt);
        waiters.put(waiter.unique, waiter);
        if (closed) {
            waiter.end(Errno.ENOTCONN);
        } else if (running.wasEarly(waiter.unique)) {
            waiter.end(Errno.EINTR);
        }
        Thread.ofVirtual().name("fuse-lock-" + waiter.unique).start(waiter);
        return 0;
    }

    /** Breaks off the wait of request {@code unique}; false when it does not wait. */
    boolean breakOff(long unique) {
        Waiter waiter = waiters.get(unique);
        if (waiter == null) {
            return false;
        }
        waiter.end(Errno.EINTR);
        return true;
    }

    /** Says that a lock on an inode was given back, or shares more now. */
    void unlocked(long inode) {
        for (Waiter waiter : waiters.values()) {
            if (waiter.inode == inode) {
                waiter.tryAgain();
            }
        }
    }

    /** Nothing is sent to {@code device} any more, which is about to be closed. */
    void leave(FuseDevice device) {
        for (Waiter waiter : waiters.values()) {
            if (waiter.device == device) {
                waiter.leave();
            }
        }
    }

    /** Breaks all waits off; none begins any more. */
    @Override
    public void close() {
        closed = true;
        waiters.values().forEach(waiter -> waiter.end(Errno.ENOTCONN));
        try {
            if (free.tryAcquire(most, CLOSE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                free.release(most);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Waiter implements Runnable {
        private final FuseDevice device;
        private final long unique;
        private final long inode;
        private final Attempt attempt;
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private boolean again;
        private boolean deaf;
        private int error;

        Waiter(FuseDevice device, long unique, long inode, Attempt attempt) {
            this.device = device;
            this.unique = unique;
            this.inode = inode;
            this.attempt = attempt;
        }

        /** Answers with {@code why}, unless the lock is taken at this moment. */
        void end(Errno why) {
            lock.lock();
            try {
                error = -why.code();
                changed.signal();
            } finally {
                lock.unlock();
            }
        }

        void tryAgain() {
            lock.lock();
            try {
                again = true;
                changed.signal();
            } finally {
                lock.unlock();
            }
        }

        void leave() {
            lock.lock();
            try {
                deaf = true;
            } finally {
                lock.unlock();
            }
            end(Errno.ENOTCONN);
        }

        @Override
        public void run() {
            try {
                answer(result());
            } catch (RuntimeException | Error e) {
                log.error("a wait for a lock on inode {} failed in a way it must not", inode, e);
                answer(-Errno.EIO.code());
            } finally {
                waiters.remove(unique);
                free.release();
            }
        }

        private int result() {
            long pauseNanos = SHORTEST_PAUSE.toNanos();
            try {
                while (!isEnded()) {
                    if (attempt.take()) {
                        return 0;
                    }
                    if (pause(ThreadLocalRandom.current().nextLong(pauseNanos / 2, pauseNanos + 1))) {
                        pauseNanos = SHORTEST_PAUSE.toNanos();
                    } else {
                        pauseNanos = Math.min(2 * pauseNanos, LONGEST_PAUSE.toNanos());
                    }
                }
            } catch (FileError e) {
                log.debug("a lock on inode {} is not waited for any more: {}", inode, e.getMessage());
                return -Errno.of(e.kind()).code();
            } catch (InterruptedException _) {
                return -Errno.EINTR.code(); // nobody interrupts these threads
            }
            lock.lock();
            try {
                return error;
            } finally {
                lock.unlock();
            }
        }

        private boolean isEnded() {
            lock.lock();
            try {
                return error != 0;
            } finally {
                lock.unlock();
            }
        }

        /** Waits until there is something new, which it answers, or the time has passed. */
        private boolean pause(long nanos) throws InterruptedException {
            lock.lock();
            try {
                long left = nanos;
                while (!again && error == 0 && left > 0) {
                    left = changed.awaitNanos(left);
                }
                boolean wasWoken = again;
                again = false;
                return wasWoken;
            } finally {
                lock.unlock();
            }
        }

        private void answer(int result) {
            try (var arena = Arena.ofConfined()) {
                MemorySegment reply = arena.allocate(ReplyBody.HEADER);
                ReplyBody.writeHeader(reply, unique, result, reply.byteSize());
                lock.lock();
                try {
                    long sent = deaf ? 0 : device.write(reply);
                    if (sent < 0 && !Errno.ENOENT.is(sent) && !Errno.ENODEV.is(sent)) {
                        log.error("The kernel did not take the answer to a lock: {}", Errno.text((int) -sent));
                    }
                } finally {
                    lock.unlock();
                }
            }
        }
    }
}
