package io.blockring.meta.tree;

import io.blockring.meta.FileError;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** One step for each of some items, by several threads at once. */
final class ManyAtOnce {
    private ManyAtOnce() {}

    /** What is done with an item. */
    @FunctionalInterface
    interface Step<T> {
        void run(T item) throws FileError;
    }

    /** Fails as the first step that did; the others end first, and no more begin. */
    static <T> void forEach(List<T> items, int threads, JobWatch watch, Step<T> step) throws FileError {
        var next = new AtomicInteger();
        var failed = new AtomicBoolean();
        int workers = Math.min(items.size(), Math.clamp(threads, 1, TreeWalk.MAX_THREADS));
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<? extends Future<?>> all = IntStream.range(0, workers)
                    .mapToObj(_ -> executor.submit(() -> {
                        boolean whole = false;
                        try {
                            for (int i = next.getAndIncrement();
                                    i < items.size() && !failed.get();
                                    i = next.getAndIncrement()) {
                                watch.requireGoingOn();
                                step.run(items.get(i));
                            }
                            whole = true;
                        } finally {
                            if (!whole) {
                                failed.set(true);
                            }
                        }
                        return true;
                    }))
                    .toList();
            for (Future<?> one : all) {
                one.get();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new FileError(FileError.Kind.INTERRUPTED, "interrupted while others worked");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FileError error) {
                throw error;
            }
            throw new IllegalStateException("a step broke off", e.getCause());
        }
    }
}
