package io.blockring.cachenode;

import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that runs the turns of the connections that are at home with it, and waits for their sockets itself. So a
 * request that comes alone is answered without waking any other thread.
 *
 * <p>A connection whose turn would have to wait while another thread sleeps moves there, so that connections in use
 * spread over the threads. A turn that lasts, as the disk is slow, does not hide the others either: {@link #relieve}.
 */
final class ServerThread {
    private static final Logger log = LoggerFactory.getLogger(ServerThread.class);

    /**
     * It looks at its sockets at least so often: one that was closed elsewhere is only gone, and lets go of the pages
     * it sent from, when all that waited for it have looked again. Far below what a block is kept for after that.
     */
    private static final Duration LONGEST_SLEEP = Duration.ofMillis(100);

    private static final int TURNS_AT_ONCE = 64;
    private static final long NO_TURN = Long.MIN_VALUE;

    /** A turn that takes longer waits for something. */
    private static final long LONG_TURN_NANOS = Duration.ofMillis(5).toNanos();

    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(100);

    private final ServerThreads all;
    private final Selector selector;
    private final Thread thread;
    private final Queue<ConnectionTurns> queue = new ConcurrentLinkedQueue<>();
    /** Held while the sockets are looked at. */
    private final ReentrantLock looking = new ReentrantLock();

    private volatile boolean asleep;
    private volatile boolean ended;
    private volatile long turnBeganNanos = NO_TURN;

    ServerThread(ServerThreads all, String name) throws IOException {
        this.all = all;
        selector = Selector.open();
        thread = Thread.ofPlatform().name(name).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    boolean isAsleep() {
        return asleep;
    }

    /** Runs {@code turn} soon. */
    void execute(ConnectionTurns turn) {
        queue.add(turn);
        if (asleep && !Thread.currentThread().equals(thread)) {
            selector.wakeup();
        }
    }

    /** From now on waits for these operations of a socket, and for no others; only while its connection has a turn. */
    void waitFor(SocketChannel channel, int operations, ServedConnection connection) {
        try {
            SelectionKey key = channel.keyFor(selector);
            if (key != null) {
                if (key.interestOps() != operations) {
                    key.interestOps(operations);
                }
            } else if (operations != 0) {
                channel.register(selector, operations, connection);
            }
        } catch (CancelledKeyException | IOException e) {
            log.debug("a connection was closed while it was parked", e);
        }
    }

    private void run() {
        while (!ended) {
            runTurns();
            looking.lock();
            asleep = true;
            try {
                if (queue.isEmpty() && !ended) {
                    selector.select(ServerThread::ready, LONGEST_SLEEP.toMillis());
                } else {
                    selector.selectNow(ServerThread::ready);
                }
            } catch (IOException e) {
                log.error("waiting for connections failed", e);
                LockSupport.parkNanos(PAUSE_AFTER_FAILURE.toNanos());
            } finally {
                asleep = false;
                looking.unlock();
            }
        }
        runTurns();
    }

    /**
     * When its turn lasts, looks at its sockets in its place, and gives what is queued to threads that sleep; for
     * another thread to call.
     */
    void relieve(long nowNanos) {
        long began = turnBeganNanos;
        if (began == NO_TURN || nowNanos - began < LONG_TURN_NANOS || !looking.tryLock()) {
            return;
        }
        try {
            selector.selectNow(ServerThread::ready);
        } catch (IOException e) {
            log.error("looking for connections failed", e);
        } finally {
            looking.unlock();
        }
        ConnectionTurns turn = queue.poll();
        while (turn != null && moved(turn)) {
            turn = queue.poll();
        }
        if (turn != null) {
            execute(turn);
        }
    }

    /** Runs what is queued, but not so much of it that no socket is looked at for long. */
    private void runTurns() {
        ConnectionTurns turn = queue.poll();
        for (int i = 1; turn != null; i++) {
            ConnectionTurns next = i < TURNS_AT_ONCE ? queue.poll() : null;
            while (next != null && moved(next)) {
                next = queue.poll();
            }
            all.begins();
            turnBeganNanos = System.nanoTime();
            turn.run();
            turn = next;
        }
        turnBeganNanos = NO_TURN;
    }

    /** Whether another thread, which sleeps, took this turn and the connection behind it. */
    private boolean moved(ConnectionTurns turn) {
        ServerThread idle = all.asleep();
        if (idle == null) {
            return false;
        }
        turn.moveTo(idle);
        return true;
    }

    private static void ready(SelectionKey key) {
        if (key.attachment() instanceof ServedConnection connection) {
            connection.wake();
        }
    }

    /** Lets what is queued come to its end; what comes later is not run any more. */
    void end() {
        ended = true;
        selector.wakeup();
    }

    /** False when it did not end in time. */
    boolean join(Duration patience) throws InterruptedException {
        if (thread.getState() != Thread.State.NEW && !thread.join(patience)) {
            return false;
        }
        try {
            selector.close();
        } catch (IOException e) {
            log.debug("a selector could not be closed well", e);
        }
        return true;
    }
}
