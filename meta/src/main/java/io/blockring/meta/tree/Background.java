package io.blockring.meta.tree;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Work that no caller waits for; what finds no room is left to {@link Housekeeping}, which finds it in the records. */
final class Background {
    private static final Logger LOG = LoggerFactory.getLogger(Background.class);
    private static final int THREADS = 2;
    private static final int WAITING = 4096;
    private static final long IDLE_SECONDS = 30;
    private static final long END_SECONDS = 30;

    private Background() {}

    /** An executor that drops what it has no room for. */
    static ThreadPoolExecutor start() {
        var executor = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING),
                Thread.ofPlatform().daemon().name("meta-clean-", 0).factory(),
                new ThreadPoolExecutor.DiscardPolicy());
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** Runs {@code task}, whose failure is the periodic job's to repair. */
    static void run(Executor executor, String what, Task task) {
        try {
            executor.execute(() -> {
                try {
                    task.run();
                } catch (Exception e) {
                    LOG.warn("{} failed; it is tried again later", what, e);
                }
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("{} is left to the periodic job", what, e);
        }
    }

    /** Ends after the work that has begun; the rest is found again from the records. */
    static void stop(ThreadPoolExecutor executor) {
        executor.getQueue().clear();
        executor.shutdown();
        try {
            if (!executor.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                executor.shutdownNow();
            }
        } catch (InterruptedException _) {
            executor.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /** What may fail. */
    @FunctionalInterface
    interface Task {
        void run() throws Exception;
    }
}
