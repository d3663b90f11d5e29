package io.blockring.filesystem;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The parts of one read, fetched side by side: by the thread that reads, and by as many others as are free and run
 * this. So a read comes to its end without anybody's help, and one that helps too late finds nothing to do and touches
 * nothing.
 */
final class PartFetches implements Runnable {
    /** A part is begun within this time, or the read fails. */
    private static final long BEGIN_SECONDS = 60;

    /** Fills the memory of a part, within a deadline of its own. */
    interface Fetch {
        void fetch(ReadPlan.Part part) throws IOException, InterruptedException;
    }

    private final List<ReadPlan.Part> parts;
    private final Fetch fetch;
    private final AtomicInteger next = new AtomicInteger();
    private final CountDownLatch left;
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private final long startNanos = System.nanoTime();

    PartFetches(List<ReadPlan.Part> parts, Fetch fetch) {
        this.parts = parts;
        this.fetch = fetch;
        this.left = new CountDownLatch(parts.size());
    }

    /** Fetches one part after the other, until all are begun. */
    @Override
    public void run() {
        for (int i = next.getAndIncrement(); i < parts.size(); i = next.getAndIncrement()) {
            try {
                fetchOrNote(parts.get(i));
            } finally {
                left.countDown();
            }
        }
    }

    private void fetchOrNote(ReadPlan.Part part) {
        if (failure.get() != null) {
            return;
        }
        boolean noted = false;
        try {
            if (System.nanoTime() - startNanos > TimeUnit.SECONDS.toNanos(BEGIN_SECONDS)) {
                throw new IOException("the parts of a read take too long");
            }
            fetch.fetch(part);
            noted = true;
        } catch (IOException | InterruptedException | RuntimeException e) {
            noted = true;
            failure.compareAndSet(null, e);
        } finally {
            if (!noted) {
                failure.compareAndSet(null, new IOException("a thread broke down"));
            }
        }
    }

    /** Waits for all parts; when it returns or fails, nobody writes into their memory any more. */
    void await() throws IOException, InterruptedException {
        awaitAll();
        switch (failure.get()) {
            case null -> {}
            case IOException e -> throw e;
            case InterruptedException e -> throw e;
            case Exception e -> throw new IOException("a block was not fetched", e);
        }
    }

    /** Waits for fetches that each have a deadline, even when interrupted: they write into the caller's memory. */
    private void awaitAll() {
        boolean interrupted = false;
        while (true) {
            try {
                left.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
