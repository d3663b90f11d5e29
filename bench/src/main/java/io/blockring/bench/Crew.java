package io.blockring.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that do the same work at once. */
final class Crew {
    /** The work of one of them, by its number. */
    @FunctionalInterface
    interface Work {
        void run(int number) throws Exception;
    }

    private Crew() {}

    /** Seconds until the last of {@code size} threads is done. */
    static double seconds(int size, Work work) throws IOException {
        try (var threads = Executors.newFixedThreadPool(size)) {
            long start = System.nanoTime();
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                int number = i;
                all.add(threads.submit(() -> {
                    work.run(number);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
            return (System.nanoTime() - start) / 1e9;
        } catch (ExecutionException e) {
            throw new IOException("a thread failed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
