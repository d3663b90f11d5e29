package io.blockring.filesystem;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/* Platform threads, because a virtual one turns its sockets into polled ones: each wait for bytes of a block then costs
 * a hand-over to the poller and back. */
/** Threads that fetch blocks, in bounded pools whose idle threads end. */
final class FetchThreads {
    private static final long IDLE_SECONDS = 30;

    private FetchThreads() {}

    /** At most that many threads, and as many tasks that wait for one; it rejects more. */
    static ThreadPoolExecutor pool(String name, int most) {
        var pool = new ThreadPoolExecutor(
                most,
                most,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(most),
                Thread.ofPlatform().daemon().name(name, 0).factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
