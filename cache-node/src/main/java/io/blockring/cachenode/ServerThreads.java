package io.blockring.cachenode;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that parse and send. They are platform threads, of which there are few, and they are never interrupted:
 * that would close the files they send from.
 */
final class ServerThreads implements Executor {
    private static final Logger log = LoggerFactory.getLogger(ServerThreads.class);

    private final AtomicInteger waiting = new AtomicInteger();
    private final ThreadPoolExecutor threads;

    ServerThreads(int count) {
        threads =
                new ThreadPoolExecutor(
                        count,
                        count,
                        0,
                        TimeUnit.SECONDS,
                        new LinkedTransferQueue<>(),
                        Thread.ofPlatform().name("block-server-", 0).factory()) {
                    @Override
                    protected void beforeExecute(Thread thread, Runnable turn) {
                        waiting.decrementAndGet();
                    }
                };
        int started = threads.prestartAllCoreThreads();
        log.debug("{} threads serve blocks", started);
    }

    /** How many turns wait for a thread. */
    int waiting() {
        return waiting.get();
    }

    @Override
    public void execute(Runnable turn) {
        waiting.incrementAndGet();
        try {
            threads.execute(turn);
        } catch (RejectedExecutionException e) {
            waiting.decrementAndGet();
            log.debug("a connection is woken after the end", e);
        }
    }

    /** Lets what waits come to its end; false when that takes longer than {@code patience}. */
    boolean end(Duration patience) throws InterruptedException {
        threads.shutdown();
        return threads.awaitTermination(patience.toNanos(), TimeUnit.NANOSECONDS);
    }
}
