package io.blockring.blockstore;

import io.blockring.blockstore.BlockIndex.Removal;
import io.blockring.blockstore.BlockShard.Found;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the rows of the index into the table, from a checkpoint if the last run left one, beside finds: a block whose row has not been reached yet is loaded when
 * it is asked for.
 *
 * <p>Until all rows are loaded nothing tells which slots are free, so nothing is filled or evicted.
 */
final class IndexLoading implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(IndexLoading.class);
    /** An index of no more blocks is loaded before the store is open; a larger one beside the first finds. */
    private static final long SMALL_INDEX_BLOCKS = 200_000;

    /** Rows without a slot are deleted so many at a time. */
    private static final int MOST_HOMELESS = 1000;

    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

    private final TableCheckpoint checkpoint;
    private final BlockIndex index;
    private final BlockTable table;
    private final Segments segments;
    private final Reclaimer reclaimer;
    private final TierCounters counters;
    private final List<Removal> homeless = new ArrayList<>();
    private final boolean proven;
    private final Thread thread;
    private final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
    private volatile boolean isComplete;
    private volatile boolean stopped;

    IndexLoading(
            TableCheckpoint checkpoint,
            BlockIndex index,
            BlockTable table,
            Segments segments,
            Reclaimer reclaimer,
            TierCounters counters) {
        this.checkpoint = checkpoint;
        this.index = index;
        this.table = table;
        this.segments = segments;
        this.reclaimer = reclaimer;
        this.counters = counters;
        proven = index.suspectRun() == 0;
        thread = Thread.ofPlatform().name("block-index-loading").daemon().unstarted(this::run);
    }

    /**
     * Starts, and waits for a small index.
     *
     * @throws IOException the index cannot be read, as far as that has shown yet
     */
    void start(Duration patience) throws IOException {
        // The index only estimates, which no longer fits after many changes.
        long rows = Math.min(index.blocks(), segments.slots());
        table.startLoading(rows);
        thread.start();
        if (rows <= SMALL_INDEX_BLOCKS) {
            boolean _ = await(patience);
        }
    }

    /** Whether all blocks are in the table. */
    boolean isComplete() {
        return isComplete;
    }

    /**
     * Waits until all blocks are in the table.
     *
     * @return false when they are not yet
     * @throws IOException they never will be, for the index cannot be read
     */
    boolean await(Duration patience) throws IOException {
        try {
            end.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            return false;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new IOException("the index cannot be loaded: " + e.getMessage(), e);
        }
        return isComplete;
    }

    /** The block, pinned, if a row that has not been reached yet names it. */
    @Nullable
    Found loadAndPin(Fingerprint block) throws IOException {
        Long place = index.place(block);
        if (place == null || !load(block, place)) {
            return null;
        }
        return table.shard(block).pin(block);
    }

    /** Does something as soon as all blocks are in the table. */
    void whenComplete(Runnable action) {
        var _ = end.thenRun(action);
    }

    /** Stops it where it is. */
    @Override
    public void close() {
        stopped = true;
        try {
            if (thread.isAlive() && !thread.join(CLOSE_PATIENCE)) {
                log.warn("the index is still being loaded while it is closed");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            loadAll();
            isComplete = true;
            end.complete(null);
        } catch (IOException | RuntimeException e) {
            if (!stopped) {
                counters.diskErrors.increment();
                log.error("the index cannot be loaded; nothing is filled or evicted in this directory", e);
            }
            end.completeExceptionally(e);
        }
    }

    private void loadAll() throws IOException {
        boolean isLoaded = index.wasClosedCleanly()
                && checkpoint.read(table, index.run() - 1, (shard, entries) -> {
                    requireGoingOn();
                    for (Fingerprint block : shard.load(entries, proven, segments::takeLoaded)) {
                        addHomeless(block);
                    }
                });
        if (!isLoaded) {
            index.forEachBlock(row -> {
                requireGoingOn();
                if (!load(row.block(), row.place())) {
                    addHomeless(row.block());
                }
            });
        }
        checkpoint.delete();
        deleteHomeless();
        table.endLoading();
        segments.endLoading(!index.wasClosedCleanly());
        reclaimer.keepToLimit();
    }

    /** Nothing is filled meanwhile, so that no row can be another than the one that was read. */
    private void addHomeless(Fingerprint block) throws IOException {
        homeless.add(new Removal(block, true));
        if (homeless.size() == MOST_HOMELESS) {
            deleteHomeless();
        }
    }

    private void deleteHomeless() throws IOException {
        if (homeless.isEmpty()) {
            return;
        }
        counters.torn.add(homeless.size());
        index.deleteBlocks(homeless);
        homeless.clear();
    }

    private void requireGoingOn() throws IOException {
        if (stopped) {
            throw new IOException("the store was closed");
        }
    }

    private boolean load(Fingerprint block, long place) {
        return table.shard(block).load(block, place, proven, segments::takeLoaded);
    }
}
