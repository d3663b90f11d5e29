package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A slow flush that callers share: each returns after a flush that began behind its call, and while one runs all that
 * come meanwhile wait for the single next one. The first of them runs it; the others learn its outcome. A failure is
 * final: after a failed fsync the kernel may have dropped what was to be written, and a later success proves nothing.
 */
final class SharedFlush {
    /** What is shared. */
    @FunctionalInterface
    interface Flush {
        void run() throws FileError;
    }

    private final Flush flush;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    private boolean running;
    private long started;
    private long finished;
    private @Nullable FileError failure;

    SharedFlush(Flush flush) {
        this.flush = flush;
    }

    void run() throws FileError {
        long mine;
        lock.lock();
        try {
            mine = started + 1;
            while (running && finished < mine) {
                ended.awaitUninterruptibly();
            }
            if (finished >= mine) {
                throwIfFailed();
                return;
            }
            throwIfFailed();
            running = true;
            started++;
        } finally {
            lock.unlock();
        }
        runAsLeader(mine);
    }

    private void runAsLeader(long number) throws FileError {
        boolean done = false;
        @Nullable FileError failed = null;
        try {
            flush.run();
            done = true;
        } catch (FileError e) {
            failed = e;
            throw e;
        } finally {
            lock.lock();
            try {
                running = false;
                finished = number;
                if (!done) {
                    failure = failed != null ? failed : new FileError(FileError.Kind.IO, "a flush failed");
                }
                ended.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private void throwIfFailed() throws FileError {
        FileError error = failure;
        if (error != null) {
            throw error;
        }
    }
}
