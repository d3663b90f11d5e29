package io.blockring.meta.tree;

import io.blockring.meta.ChunkRewriter;
import io.blockring.meta.ChunkView;
import io.blockring.meta.ChunkView.Window;
import io.blockring.meta.FileError;
import io.blockring.meta.SliceObjects;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.engine.DelayedSlices;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.engine.Witness;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one slice of the many that a chunk has become. The bytes are copied first; then one transaction, which fails
 * when the old records are no longer the chunk's first, puts the new slice in their place. A reference count of 0 for
 * the new slice, written in the same transaction, tells whether it happened should its answer be lost.
 */
final class Compaction {
    private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);
    private static final int EVERY = 100;
    private static final int ALWAYS_ABOVE = 350;
    private static final int BEFORE_RETURN_FROM = 2500;
    /** Records of one compaction; each is one more that its transaction reads and writes. */
    private static final int MAX_RECORDS = 1000;

    /** Records of the transaction of a compaction that are none of these. */
    private static final int OTHER_RECORDS = 28;

    /** A leading slice of at least this much, and a fifth of all, is not copied again. */
    private static final int BIG_BYTES = 1 << 20;

    private static final int BIG_SHARE = 5;

    private record Chunk(long inode, int index) {}

    /** Leading records that stay, the records that go, and the windows whose bytes take their place. */
    private record Plan(int kept, List<SliceRecord> old, List<Window> windows) {
        List<SliceRecord> head() {
            return old.subList(0, kept);
        }

        List<SliceRecord> replaced() {
            return old.subList(kept, old.size());
        }

        int bytes() {
            return windows.stream().mapToInt(Window::length).sum();
        }
    }

    /** How the exchange of the records ended; {@code replaced} is false when the chunk had changed meanwhile. */
    private record Exchange(boolean replaced, List<DeadData.Dropped> dropped) {}

    private final MetaEngine engine;
    private final Transactions transactions;
    private final Ids sliceIds;
    private final ChunkRewriter rewriter;
    private final SliceObjects objects;
    private final DeadData deadData;
    private final Supplier<VolumeFormat> format;
    private final Executor background;
    private final InstantSource clock;
    private final int maxRecords;
    private final Set<Chunk> running = ConcurrentHashMap.newKeySet();

    Compaction(
            MetaEngine engine,
            Transactions transactions,
            Ids sliceIds,
            ChunkRewriter rewriter,
            SliceObjects objects,
            DeadData deadData,
            Supplier<VolumeFormat> format,
            Executor background,
            InstantSource clock) {
        this.engine = engine;
        this.transactions = transactions;
        this.sliceIds = sliceIds;
        this.rewriter = rewriter;
        this.objects = objects;
        this.deadData = deadData;
        this.format = format;
        this.background = background;
        this.clock = clock;
        this.maxRecords = Math.min(MAX_RECORDS, engine.mostRecords() - OTHER_RECORDS);
    }

    /** Compacts a chunk that has {@code slices} records now, if that is its time. */
    void afterAppend(long inode, int chunk, long slices) {
        if (slices > ALWAYS_ABOVE || (slices > 0 && slices % EVERY == 0)) {
            Background.run(
                    slices < BEFORE_RETURN_FROM ? background : Runnable::run,
                    "compacting chunk %d of inode %d".formatted(chunk, inode),
                    () -> compact(inode, chunk));
        }
    }

    /** Compacts a chunk; returns whether its records are fewer now. One thread at a time works on one chunk. */
    boolean compact(long inode, int index) throws FileError {
        var chunk = new Chunk(inode, index);
        if (!running.add(chunk)) {
            return false;
        }
        try {
            List<SliceRecord> records = engine.reads().slices(inode, index);
            Plan plan = plan(records.subList(0, Math.min(records.size(), maxRecords)));
            return plan.replaced().size() > 1 && replace(chunk, plan);
        } finally {
            running.remove(chunk);
        }
    }

    private static Plan plan(List<SliceRecord> records) {
        int kept = 0;
        List<Window> windows = trimmed(records);
        while (kept < records.size() && staysFirst(records.get(kept), windows)) {
            kept++;
            windows = trimmed(records.subList(kept, records.size()));
        }
        return new Plan(kept, List.copyOf(records), windows);
    }

    private static List<Window> trimmed(List<SliceRecord> records) {
        List<Window> windows = ChunkView.of(records).windows();
        int from = 0;
        int to = windows.size();
        while (from < to && windows.get(from).isZeros()) {
            from++;
        }
        while (to > from && windows.get(to - 1).isZeros()) {
            to--;
        }
        return windows.subList(from, to);
    }

    /** Whether a record is big, shows whole and before all others, so that nothing is gained by copying it. */
    private static boolean staysFirst(SliceRecord record, List<Window> windows) {
        if (windows.isEmpty() || record.isZeros() || record.length() < BIG_BYTES) {
            return false;
        }
        long shown = (long) windows.getLast().end() - windows.getFirst().position();
        return (long) record.length() * BIG_SHARE >= shown
                && windows.getFirst()
                        .equals(new Window(
                                record.position(), record.length(), record.sliceId(), record.size(), record.offset()));
    }

    private boolean replace(Chunk chunk, Plan plan) throws FileError {
        int bytes = plan.bytes();
        if (bytes == 0) {
            return exchange(chunk, plan, List.of()).replaced();
        }
        var slice = new SliceKey(sliceIds.next(), bytes);
        try {
            rewriter.rewrite(slice.id(), plan.windows());
        } catch (IOException e) {
            giveUp(slice);
            throw new FileError(FileError.Kind.IO, "the bytes of a chunk could not be copied", e);
        }
        var record = new SliceRecord(plan.windows().getFirst().position(), slice.id(), bytes, 0, bytes);
        if (exchange(chunk, plan, List.of(record)).replaced()) {
            return true;
        }
        giveUp(slice);
        return false;
    }

    /** Puts {@code fresh} in the place of the plan's records, unless the chunk no longer begins with them. */
    private Exchange exchange(Chunk chunk, Plan plan, List<SliceRecord> fresh) throws FileError {
        Exchange exchange = transactions.run(transaction -> exchanged(transaction, chunk, plan, fresh), chunk.inode());
        if (exchange.replaced()) {
            engine.sync();
            for (SliceRecord record : fresh) {
                takeMark(SliceKey.of(record));
            }
            deadData.deleteDead(exchange.dropped());
        }
        return exchange;
    }

    /** A copy may have referred to the new slice already: then its count is no mark any more. */
    private void takeMark(SliceKey slice) throws FileError {
        transactions.run(transaction -> {
            transaction.witness(Witness.REPEAT);
            if (transaction.extraReferences(slice) == 0) {
                transaction.deleteReferences(slice);
            }
            return true;
        });
    }

    private Exchange exchanged(MetaTransaction transaction, Chunk chunk, Plan plan, List<SliceRecord> fresh)
            throws FileError {
        List<SliceRecord> now = transaction.slices(chunk.inode(), chunk.index());
        int old = plan.old().size();
        if (now.size() < old || !now.subList(0, old).equals(plan.old())) {
            return new Exchange(false, List.of());
        }
        var all = new ArrayList<>(plan.head());
        all.addAll(fresh);
        all.addAll(now.subList(old, now.size()));
        transaction.putSlices(chunk.inode(), chunk.index(), all);
        for (SliceRecord record : fresh) {
            transaction.markReferences(SliceKey.of(record));
        }
        transaction.witness(reads -> fresh.isEmpty()
                ? reads.slices(chunk.inode(), chunk.index()).equals(all)
                : reads.countsReferences(SliceKey.of(fresh.getFirst())));
        return new Exchange(true, release(transaction, plan, fresh));
    }

    /** With a trash the old slices are kept as long as it keeps files; else they lose their references now. */
    private List<DeadData.Dropped> release(MetaTransaction transaction, Plan plan, List<SliceRecord> fresh)
            throws FileError {
        List<SliceRecord> replaced =
                plan.replaced().stream().filter(record -> !record.isZeros()).toList();
        if (format.get().trashDays() <= 0 || fresh.isEmpty()) {
            return DeadData.drop(transaction, replaced);
        }
        transaction.putDelayedSlices(new DelayedSlices(
                clock.instant().getEpochSecond(),
                fresh.getFirst().sliceId(),
                replaced.stream().map(SliceKey::of).toList()));
        return List.of();
    }

    /** Deletes the objects of a slice that no record names; what stays of them is found by a check of the volume. */
    private void giveUp(SliceKey slice) {
        try {
            objects.delete(slice.id(), slice.size());
        } catch (IOException e) {
            LOG.warn("objects of slice {} stay although nothing refers to them", slice.id(), e);
        }
    }
}
