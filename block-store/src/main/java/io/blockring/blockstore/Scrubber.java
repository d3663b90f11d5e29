package io.blockring.blockstore;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the blocks of a directory from its device, one after the other, over and over, at most so many bytes a second,
 * and frees those whose bytes are not what was written.
 *
 * <p>A block that moves within the table meanwhile may be left out; the next round has it.
 */
final class Scrubber implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Scrubber.class);
    /** After a round, and when there is nothing to read. */
    private static final long PAUSE_SECONDS = 10;

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

    /** What is read, and how. */
    interface Blocks {
        /** The block at or after a position; null when there is none. */
        BlockTable.@Nullable Placed next(BlockTable.Position from);

        /** Reads the block and frees it if it is not whole; returns the bytes read. */
        long check(BlockTable.Placed block);
    }

    private final Blocks blocks;
    private final long bytesPerSecond;
    private final LongAdder rounds = new LongAdder();
    private final LongAdder checkedBlocks = new LongAdder();
    private final LongAdder checkedBytes = new LongAdder();
    private final CountDownLatch end = new CountDownLatch(1);
    private final Thread thread =
            Thread.ofPlatform().name("block-scrub").daemon().unstarted(this::run);

    /** One that reads nothing before it is {@linkplain #start started}. */
    Scrubber(Blocks blocks, long bytesPerSecond) {
        this.blocks = blocks;
        this.bytesPerSecond = bytesPerSecond;
    }

    void start() {
        thread.start();
    }

    BlockStoreUsage.ScrubUsage usage() {
        return new BlockStoreUsage.ScrubUsage(rounds.sum(), checkedBlocks.sum(), checkedBytes.sum());
    }

    @Override
    public void close() {
        end.countDown();
        try {
            if (thread.isAlive() && !thread.join(CLOSE_PATIENCE)) {
                log.warn("a block is still being checked");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            long next = System.nanoTime();
            while (!endsWithin(0)) {
                for (BlockTable.Placed block = blocks.next(BlockTable.Position.FIRST);
                        block != null;
                        block = blocks.next(block.after())) {
                    long bytes = blocks.check(block);
                    checkedBlocks.increment();
                    checkedBytes.add(bytes);
                    // What was late is not made up for.
                    next = Math.max(next, System.nanoTime()) + nanosFor(bytes);
                    if (endsWithin(next - System.nanoTime())) {
                        return;
                    }
                }
                rounds.increment();
                if (endsWithin(TimeUnit.SECONDS.toNanos(PAUSE_SECONDS))) {
                    return;
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.error("blocks are not checked any more until the next start", e);
        }
    }

    private long nanosFor(long bytes) {
        return (long) ((double) bytes / bytesPerSecond * TimeUnit.SECONDS.toNanos(1));
    }

    private boolean endsWithin(long nanos) throws InterruptedException {
        return end.await(nanos, TimeUnit.NANOSECONDS);
    }
}
