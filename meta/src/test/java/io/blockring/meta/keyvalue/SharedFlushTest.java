package io.blockring.meta.keyvalue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.FileError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SharedFlushTest {
    @Test
    void everyCallerReturnsAfterAFlushThatBeganBehindItsCall() throws Exception {
        var written = new AtomicLong();
        var durable = new AtomicLong();
        var flushes = new AtomicInteger();
        var flush = new SharedFlush(() -> {
            flushes.incrementAndGet();
            long now = written.get();
            Thread.onSpinWait();
            durable.accumulateAndGet(now, Math::max);
        });
        int threads = 8;
        int rounds = 500;
        inParallel(threads, () -> {
            for (int i = 0; i < rounds; i++) {
                long mine = written.incrementAndGet();
                flush.run();
                assertThat(durable.get()).isGreaterThanOrEqualTo(mine);
            }
        });
        assertThat(flushes.get()).isLessThanOrEqualTo(threads * rounds);
    }

    @Test
    void callersThatComeDuringAFlushShareTheNext() throws Exception {
        var begun = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var flushes = new AtomicInteger();
        var flush = new SharedFlush(() -> {
            if (flushes.incrementAndGet() == 1) {
                begun.countDown();
                await(goOn);
            }
        });
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> first = executor.submit(() -> run(flush));
            await(begun);
            List<Thread> waiting = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                waiting.add(Thread.ofPlatform().start(() -> run(flush)));
            }
            for (Thread thread : waiting) {
                long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
                while (thread.getState() != Thread.State.WAITING && System.nanoTime() < deadline) {
                    Thread.onSpinWait();
                }
            }
            goOn.countDown();
            first.get(10, TimeUnit.SECONDS);
            for (Thread thread : waiting) {
                assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
            }
        }
        assertThat(flushes.get()).isEqualTo(2);
    }

    @Test
    void aFailureIsFinal() {
        var flushes = new AtomicInteger();
        var flush = new SharedFlush(() -> {
            if (flushes.incrementAndGet() == 1) {
                throw new FileError(FileError.Kind.IO, "the disk failed");
            }
        });
        assertThatThrownBy(flush::run).isInstanceOf(FileError.class);
        assertThatThrownBy(flush::run).isInstanceOf(FileError.class);
        assertThat(flushes.get()).isEqualTo(1);
    }

    private static void run(SharedFlush flush) {
        try {
            flush.run();
        } catch (FileError e) {
            throw new AssertionError(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private interface Task {
        void run() throws Exception;
    }

    private static void inParallel(int threads, Task task) throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                all.add(executor.submit(() -> {
                    task.run();
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get(30, TimeUnit.SECONDS);
            }
        }
    }
}
