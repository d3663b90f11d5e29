package io.blockring.fuseclient;

import io.blockring.meta.FileError;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A file system whose reads and syncs wait until they are let go or interrupted, as those of a slow store do. */
final class WaitingFileSystem extends MemoryFileSystem {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final CountDownLatch gate = new CountDownLatch(1);
    private final Semaphore begun = new Semaphore(0);
    private final AtomicInteger interrupted = new AtomicInteger();

    @Override
    public int read(long handle, long offset, MemorySegment into) throws FileError {
        waitAtGate();
        return super.read(handle, offset, into);
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // it must wait without the lock
    public void sync(long handle) throws FileError {
        waitAtGate();
        super.sync(handle);
    }

    private void waitAtGate() throws FileError {
        begun.release();
        try {
            if (!gate.await(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
                throw new FileError(FileError.Kind.IO, "nobody opened the gate");
            }
        } catch (InterruptedException e) {
            interrupted.incrementAndGet();
            throw new FileError(FileError.Kind.INTERRUPTED, "interrupted", e);
        }
    }

    /** Waits until {@code count} more requests have begun to wait. */
    void awaitBegun(int count) throws InterruptedException {
        if (!begun.tryAcquire(count, DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the requests do not begin");
        }
    }

    void letGo() {
        gate.countDown();
    }

    int interruptedCount() {
        return interrupted.get();
    }
}
