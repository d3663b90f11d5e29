package io.blockring.cachenode;

import io.blockring.block.BlockKey;
import io.blockring.blockstore.BlockStore;
import io.blockring.blockstore.StoredBlock;
import io.blockring.group.GroupVolume;
import io.blockring.proto.control.FillFailure.Reason;
import io.blockring.proto.control.FillProgress;
import io.blockring.proto.control.SliceBlock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a batch of blocks of one volume, as part of a warmup: those that are here are counted, those that another
 * node owns are named, and the rest is fetched beside what readers ask for, which goes first.
 */
final class BatchFill {
    /** How long one block may take, with all waiting for its turn. */
    private static final Duration BLOCK_DEADLINE = Duration.ofMinutes(2);

    private static final Duration PROGRESS_INTERVAL = Duration.ofMillis(500);
    private static final Duration BUSY_PAUSE = Duration.ofMillis(20);
    private static final int FAILURES_PER_MESSAGE = 100;

    private final BlockStore store;
    private final Fills fills;
    private final Supplier<GroupView> group;
    private final UUID self;
    /** Fetches of all batches together: readers need the rest. */
    private final Semaphore turns;

    BatchFill(BlockStore store, Fills fills, Supplier<GroupView> group, UUID self, int fetchesAtOnce) {
        this.store = store;
        this.fills = fills;
        this.group = group;
        this.self = self;
        this.turns = new Semaphore(fetchesAtOnce);
    }

    /**
     * Fetches {@code blocks}; returns when every one is counted, or {@code cancelled} says that nobody wants to know.
     *
     * @param concurrency how many of them at once
     * @param progress hears of it now and then, and a last time at the end
     */
    void run(
            GroupVolume volume,
            List<SliceBlock> blocks,
            int concurrency,
            BooleanSupplier cancelled,
            Consumer<FillProgress> progress)
            throws InterruptedException {
        var tally = new Tally();
        var window = new Semaphore(concurrency);
        long nextReport = System.nanoTime() + PROGRESS_INTERVAL.toNanos();
        for (SliceBlock block : blocks) {
            while (!window.tryAcquire(PROGRESS_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                if (cancelled.getAsBoolean()) {
                    return;
                }
                progress.accept(tally.report(false));
            }
            if (cancelled.getAsBoolean()) {
                return;
            }
            Thread.ofVirtual().name("batch-fill").start(() -> {
                try {
                    fetch(volume, block, cancelled, tally);
                } finally {
                    window.release();
                }
            });
            if (System.nanoTime() - nextReport > 0) {
                nextReport = System.nanoTime() + PROGRESS_INTERVAL.toNanos();
                progress.accept(tally.report(false));
            }
        }
        while (!window.tryAcquire(concurrency, PROGRESS_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
            if (cancelled.getAsBoolean()) {
                return;
            }
            progress.accept(tally.report(false));
        }
        progress.accept(tally.report(true));
    }

    /** The key of a block of {@code volume}, or null when there can be no such block. */
    static BlockKey.@Nullable Slice keyOf(GroupVolume volume, SliceBlock block) {
        try {
            return new BlockKey.Slice(
                    volume.volumeId(),
                    volume.incarnation(),
                    block.getSliceId(),
                    block.getIndex(),
                    block.getPlainBytes(),
                    volume.declared().layout().form());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private void fetch(GroupVolume volume, SliceBlock block, BooleanSupplier cancelled, Tally tally) {
        try {
            BlockKey.Slice key = keyOf(volume, block);
            if (key == null) {
                tally.failed(block, Reason.REASON_BAD_REQUEST, "no such block");
            } else {
                fetch(key, block, cancelled, tally);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            tally.failed(block, Reason.REASON_DEADLINE, "interrupted");
        } catch (RuntimeException e) {
            tally.failed(block, Reason.REASON_UNKNOWN, e.toString());
            throw e;
        }
    }

    private void fetch(BlockKey.Slice key, SliceBlock block, BooleanSupplier cancelled, Tally tally)
            throws InterruptedException {
        try (StoredBlock here = store.find(key)) {
            if (here != null) {
                tally.already(key.plainBytes());
                return;
            }
        }
        if (!group.get().isCandidate(self, key.hash().high())) {
            tally.failed(block, Reason.REASON_NOT_OWNER, "");
            return;
        }
        long deadline = System.nanoTime() + BLOCK_DEADLINE.toNanos();
        while (!cancelled.getAsBoolean()) {
            if (!turns.tryAcquire(BLOCK_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
                    || System.nanoTime() - deadline > 0) {
                tally.failed(block, Reason.REASON_DEADLINE, "the node was busy all the time");
                return;
            }
            try {
                if (attempt(key, block, deadline, tally)) {
                    return;
                }
            } finally {
                turns.release();
            }
            Thread.sleep(BUSY_PAUSE);
        }
    }

    /** Tries once; false when the node was busy. */
    private boolean attempt(BlockKey.Slice key, SliceBlock block, long deadline, Tally tally)
            throws InterruptedException {
        return switch (fills.join(key)) {
            case Fills.Joined.Busy _ -> false;
            case Fills.Joined.Here(StoredBlock here) -> {
                here.close();
                tally.already(key.plainBytes());
                yield true;
            }
            case Fills.Joined.OnItsWay(Flight flight) -> await(flight, block, deadline, tally);
        };
    }

    private static boolean await(Flight flight, SliceBlock block, long deadline, Tally tally)
            throws InterruptedException {
        var changes = new Semaphore(0);
        Runnable listener = changes::release;
        flight.listen(listener);
        try {
            while (!flight.hasEnded()) {
                if (!changes.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    tally.failed(block, Reason.REASON_DEADLINE, "the block did not come in time");
                    return true;
                }
                changes.drainPermits();
            }
            FillFailure failure = flight.failure();
            if (failure == null && flight.isKept()) {
                tally.fetched(flight.key().plainBytes());
            } else if (failure == null) {
                tally.failed(block, Reason.REASON_NO_ROOM, "the cache has no room for it");
            } else if (failure.reason() == FillFailure.Reason.BUSY) {
                return false;
            } else if (failure.reason() == FillFailure.Reason.ALREADY_HERE) {
                tally.already(flight.key().plainBytes());
            } else {
                tally.failed(block, reasonOf(failure), failure.text());
            }
            return true;
        } finally {
            flight.letGo(listener);
        }
    }

    private static Reason reasonOf(FillFailure failure) {
        return switch (failure.reason()) {
            case NO_KEYS -> Reason.REASON_NO_KEYS;
            case UNKNOWN_VOLUME -> Reason.REASON_UNKNOWN_VOLUME;
            case NOT_FOUND -> Reason.REASON_NOT_FOUND;
            case STORE_ERROR, BUSY, ALREADY_HERE -> Reason.REASON_STORE_ERROR;
        };
    }

    /** The counts of one batch. */
    private static final class Tally {
        private final FillProgress.Builder sums = FillProgress.newBuilder();
        private final List<io.blockring.proto.control.FillFailure> failures = new ArrayList<>();

        synchronized void already(int bytes) {
            sums.setAlreadyBlocks(sums.getAlreadyBlocks() + 1).setAlreadyBytes(sums.getAlreadyBytes() + bytes);
        }

        synchronized void fetched(int bytes) {
            sums.setFetchedBlocks(sums.getFetchedBlocks() + 1).setFetchedBytes(sums.getFetchedBytes() + bytes);
        }

        synchronized void failed(SliceBlock block, Reason reason, String text) {
            sums.setFailedBlocks(sums.getFailedBlocks() + 1);
            if (failures.size() < FAILURES_PER_MESSAGE) {
                failures.add(io.blockring.proto.control.FillFailure.newBuilder()
                        .setBlock(block)
                        .setReason(reason)
                        .setText(text)
                        .build());
            }
        }

        synchronized FillProgress report(boolean done) {
            FillProgress report =
                    sums.clone().addAllFailures(failures).setDone(done).build();
            failures.clear();
            return report;
        }
    }
}
