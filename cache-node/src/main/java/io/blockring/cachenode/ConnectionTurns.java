package io.blockring.cachenode;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Runs the work of one connection on one thread at a time, once more after each wake-up that came while it ran. So
 * whoever wakes it need not know what it is doing, and no wake-up is lost.
 */
final class ConnectionTurns implements Runnable {
    private enum Turn {
        RESTING,
        QUEUED,
        RUNNING,
        RUNNING_AND_WOKEN
    }

    private final Executor threads;
    private final Runnable work;
    private final AtomicReference<Turn> turn = new AtomicReference<>(Turn.RESTING);

    ConnectionTurns(Executor threads, Runnable work) {
        this.threads = threads;
        this.work = work;
    }

    void wake() {
        while (true) {
            switch (turn.get()) {
                case RESTING -> {
                    if (turn.compareAndSet(Turn.RESTING, Turn.QUEUED)) {
                        threads.execute(this);
                        return;
                    }
                }
                case RUNNING -> {
                    if (turn.compareAndSet(Turn.RUNNING, Turn.RUNNING_AND_WOKEN)) {
                        return;
                    }
                }
                case QUEUED, RUNNING_AND_WOKEN -> {
                    return;
                }
            }
        }
    }

    @Override
    public void run() {
        turn.set(Turn.RUNNING);
        work.run();
        if (!turn.compareAndSet(Turn.RUNNING, Turn.RESTING)) {
            turn.set(Turn.QUEUED);
            threads.execute(this);
        }
    }
}
