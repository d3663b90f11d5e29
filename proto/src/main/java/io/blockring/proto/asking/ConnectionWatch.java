package io.blockring.proto.asking;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends waits on connections whose time is over, by closing them: a blocking read of a channel knows no deadline.
 *
 * <p>One thread for all connections of a process; it sleeps while none is in use.
 */
public final class ConnectionWatch implements AutoCloseable {
    private static final long ROUND_NANOS = Duration.ofMillis(50).toNanos();

    private final Set<BlockConnection> inUse = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private volatile boolean closed;

    public ConnectionWatch() {
        thread = Thread.ofPlatform().daemon().name("block-connection-watch").start(this::run);
    }

    /** From now on the connection is closed when its time is over. */
    void begin(BlockConnection connection) {
        boolean wasIdle = inUse.isEmpty();
        inUse.add(connection);
        if (wasIdle) {
            LockSupport.unpark(thread);
        }
    }

    void end(BlockConnection connection) {
        inUse.remove(connection);
    }

    private void run() {
        while (!closed) {
            if (inUse.isEmpty()) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, ROUND_NANOS);
            }
            long now = System.nanoTime();
            for (BlockConnection connection : inUse) {
                connection.closeIfOverdue(now);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
