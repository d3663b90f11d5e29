package io.blockring.cachenode;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The threads that parse and send. They are platform threads, of which there are few, and they are never interrupted:
 * that would close the files they send from.
 */
final class ServerThreads {
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger next = new AtomicInteger();
    private final List<ServerThread> threads = new ArrayList<>();

    ServerThreads(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            threads.add(new ServerThread(this, "block-server-" + i));
        }
    }

    void start() {
        threads.forEach(ServerThread::start);
    }

    /** Where a new connection is at home first. */
    ServerThread next() {
        return threads.get(Math.floorMod(next.getAndIncrement(), threads.size()));
    }

    /** A thread that has nothing to do now; null when all have. */
    @Nullable
    ServerThread asleep() {
        for (ServerThread thread : threads) {
            if (thread.isAsleep()) {
                return thread;
            }
        }
        return null;
    }

    /** Looks after threads whose turn lasts; true while any is at work, and so may need it again soon. */
    boolean relieve(long nowNanos) {
        boolean busy = false;
        for (ServerThread thread : threads) {
            thread.relieve(nowNanos);
            busy |= !thread.isAsleep();
        }
        return busy;
    }

    /** A turn waits for a thread from now on. */
    void queued() {
        waiting.incrementAndGet();
    }

    /** A turn that waited is run. */
    void begins() {
        waiting.decrementAndGet();
    }

    /** How many turns wait for a thread. */
    int waiting() {
        return waiting.get();
    }

    /** Lets what waits come to its end; false when that takes longer than {@code patience}. */
    boolean end(Duration patience) throws InterruptedException {
        threads.forEach(ServerThread::end);
        long deadline = System.nanoTime() + patience.toNanos();
        boolean all = true;
        for (ServerThread thread : threads) {
            all &= thread.join(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        }
        return all;
    }
}
