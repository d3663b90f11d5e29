package io.blockring.proto.asking;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends waits on connections whose time is over, by closing them: a blocking read of a channel knows no deadline.
 *
 * <p>One thread for all connections of a process. It looks at them in rounds, and goes on with that for a while when
 * none is in use, so that requests that come one after the other need not wake it each time; then it sleeps.
 */
public final class ConnectionWatch implements AutoCloseable {
    private static final long ROUND_NANOS = Duration.ofMillis(50).toNanos();

    /** So many rounds without a connection in use, and it sleeps until there is one. */
    private static final int IDLE_ROUNDS = 20;

    private final Set<BlockConnection> inUse = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private volatile boolean sleeping;
    private volatile boolean closed;

    public ConnectionWatch() {
        thread = Thread.ofPlatform().daemon().name("block-connection-watch").start(this::run);
    }

    /** From now on the connection is closed when its time is over. */
    void begin(BlockConnection connection) {
        inUse.add(connection);
        if (sleeping) {
            LockSupport.unpark(thread);
        }
    }

    void end(BlockConnection connection) {
        inUse.remove(connection);
    }

    private void run() {
        int idleRounds = 0;
        while (!closed) {
            idleRounds = inUse.isEmpty() ? idleRounds + 1 : 0;
            if (idleRounds > IDLE_ROUNDS) {
                sleepUntilUsed();
            } else {
                LockSupport.parkNanos(this, ROUND_NANOS);
            }
            long now = System.nanoTime();
            for (BlockConnection connection : inUse) {
                connection.closeIfOverdue(now);
            }
        }
    }

    private void sleepUntilUsed() {
        sleeping = true;
        // Who begins now sees that; who began before is seen here.
        while (inUse.isEmpty() && !closed) {
            LockSupport.park(this);
        }
        sleeping = false;
    }

    boolean isSleeping() {
        return sleeping;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
