package io.blockring.fuseclient;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/* Leader and followers (Schmidt et al., Pattern-Oriented Software Architecture 2): the thread that reads a request
 * runs it to its end, and sees to it that another one reads meanwhile. Against a reader that hands requests to
 * workers this spares a hand-over and a change of threads on every read that hits; it needs no queue, as the kernel's
 * is the only one; a request's buffer and descriptor have one owner; and an interrupt has one thread to go to.
 * A request that waits costs a sleeping thread. When all of them wait, further requests wait in the kernel, until one
 * of the deadlines that every operation has. Read-ahead is limited at INIT to fewer requests than there are threads. */

/** The threads that serve a mount: a few from the start, and one more whenever none would be left to read. */
final class ReaderCrew {
    private static final Logger log = LoggerFactory.getLogger(ReaderCrew.class);

    private final FuseDevice device;
    private final Operations operations;
    private final RunningRequests running;
    private final LockWaits lockWaits;
    private final FailureLog failures = new FailureLog(log, System::nanoTime);
    private final FuseSettings settings;
    private final int stopEvent;
    private final AtomicInteger threads = new AtomicInteger();
    private final AtomicInteger idle = new AtomicInteger();
    private final AtomicBoolean eventClosed = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean stopping;

    ReaderCrew(
            FuseDevice device,
            Operations operations,
            RunningRequests running,
            LockWaits lockWaits,
            FuseSettings settings)
            throws IOException {
        this.device = device;
        this.operations = operations;
        this.running = running;
        this.lockWaits = lockWaits;
        this.settings = settings;
        this.stopEvent = Linux.eventfd();
        if (stopEvent < 0) {
            throw new IOException("eventfd: " + Errno.text(-stopEvent));
        }
    }

    void start() {
        for (int i = 0; i < settings.readers(); i++) {
            addThread();
        }
    }

    /** One more, where the limit allows it. */
    private void addThread() {
        int before = threads.get();
        while (before < settings.maxThreads()) {
            if (threads.compareAndSet(before, before + 1)) {
                idle.incrementAndGet();
                startThread("fuse-" + (before + 1));
                return;
            }
            before = threads.get();
        }
    }

    private void startThread(String name) {
        try {
            Thread.ofPlatform()
                    .name(name)
                    .start(new Reader(
                            this, device, operations, running, lockWaits, failures, settings.maxWriteBytes()));
        } catch (OutOfMemoryError e) {
            log.error("{} threads must do, for the system gives no more", threads.get() - 1, e);
            left();
        }
    }

    /** A reader has a request: it is not there to read for a while. */
    void taken() {
        if (idle.decrementAndGet() == 0 && !stopping) {
            addThread();
        }
    }

    /** A reader is done with its request. */
    void free() {
        idle.incrementAndGet();
    }

    /** A reader ends. */
    void left() {
        idle.decrementAndGet();
        if (threads.decrementAndGet() == 0) {
            ended.countDown();
        }
    }

    boolean isStopping() {
        return stopping;
    }

    int stopEvent() {
        return stopEvent;
    }

    /** Has each reader end after the request it is working on; those not read yet stay in the kernel. */
    void stop() {
        stopping = true;
        try (var arena = Arena.ofConfined()) {
            long result = Linux.write(stopEvent, arena.allocateFrom(JAVA_LONG, 1L));
            if (result < 0) {
                log.error("The threads of the mount cannot be woken: {}", Errno.text((int) -result));
            }
        }
    }

    boolean isEnded() {
        return ended.getCount() == 0;
    }

    /** Waits until no reader is left: unmounted, or stopped. */
    boolean awaitEnd(Duration timeout) throws InterruptedException {
        return ended.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Frees what the readers waited on; only after their end. */
    void freeStopEvent() {
        if (isEnded() && eventClosed.compareAndSet(false, true)) {
            Linux.close(stopEvent);
        }
    }
}
