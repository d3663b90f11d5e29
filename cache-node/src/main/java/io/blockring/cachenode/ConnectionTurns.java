package io.blockring.cachenode;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Runs the work of one connection on one thread at a time, once more after each wake-up that came while it ran. So
 * whoever wakes it need not know what it is doing, and no wake-up is lost.
 */
final class ConnectionTurns {
    private enum Turn {
        RESTING,
        QUEUED,
        RUNNING,
        RUNNING_AND_WOKEN
    }

    private final ServerThreads threads;
    private final ServedConnection connection;
    private final AtomicReference<Turn> turn = new AtomicReference<>(Turn.RESTING);

    /** Changes only while a turn is queued, by the thread that took it out of its queue. */
    private volatile ServerThread home;

    ConnectionTurns(ServerThreads threads, ServedConnection connection) {
        this.threads = threads;
        this.connection = connection;
        this.home = threads.next();
    }

    void wake() {
        while (true) {
            switch (turn.get()) {
                case RESTING -> {
                    if (turn.compareAndSet(Turn.RESTING, Turn.QUEUED)) {
                        queue();
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

    private void queue() {
        threads.queued();
        home.execute(this);
    }

    /** Runs what was queued. */
    void run() {
        turn.set(Turn.RUNNING);
        connection.work();
        if (!turn.compareAndSet(Turn.RUNNING, Turn.RESTING)) {
            turn.set(Turn.QUEUED);
            queue();
        }
    }

    /** Waits for these operations of the socket; to be called by the work. */
    void waitFor(int operations) {
        home.waitFor(connection.channel(), operations, connection);
    }

    /** Another thread runs what was queued, and all that follows; to be called by who took it out of its queue. */
    void moveTo(ServerThread thread) {
        waitFor(0);
        home = thread;
        thread.execute(this);
    }
}
