package io.blockring.meta.tree;

import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.SessionRecord;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.engine.Witness;
import java.time.Instant;

/**
 * Makes metadata safe to use that went back in time, as those of a backup: ids that may have been given out since are not
 * given again, and sessions of the past count as dead.
 */
public final class Restoration {
    /** Ids skipped beyond the highest that is known: clients take thousands at once, and what they made may be gone. */
    private static final long SKIPPED = 1L << 20;

    /** What the counters are now. */
    public record Result(long nextInode, long nextSlice, int sessions) {}

    private long inode = FileTree.ROOT;
    private long trash;
    private long slice;
    private long session;

    private Restoration() {}

    /**
     * Raises the counters.
     *
     * @param sliceInStore the highest slice that the store has objects of, 0 for none
     * @param force also while sessions live
     * @throws FileError BUSY while sessions live
     */
    public static Result make(MetaEngine engine, long sliceInStore, boolean force, Instant now) throws FileError {
        int live = SettingChanges.liveSessions(engine, now);
        if (live > 0 && !force) {
            throw new FileError(FileError.Kind.BUSY, "%d sessions use the volume".formatted(live));
        }
        var found = new Restoration();
        found.slice = sliceInStore;
        found.look(engine);
        raise(engine, Counter.NEXT_INODE, found.inode + 1 + SKIPPED);
        raise(engine, Counter.NEXT_SLICE, found.slice + 1 + SKIPPED);
        raise(engine, Counter.NEXT_TRASH, found.trash);
        raise(engine, Counter.NEXT_SESSION, found.session);
        int ended = endSessions(engine);
        engine.sync();
        return new Result(
                engine.reads().counter(Counter.NEXT_INODE), engine.reads().counter(Counter.NEXT_SLICE), ended);
    }

    private void look(MetaEngine engine) throws FileError {
        engine.scans().inodes().forEach(record -> {
            if (record.inode() >= FileTree.TRASH) {
                trash = Math.max(trash, record.inode() - FileTree.TRASH);
            } else {
                inode = Math.max(inode, record.inode());
            }
        });
        engine.scans().chunks().forEach(chunk -> {
            inode = Math.max(inode, chunk.inode());
            for (SliceRecord record : chunk.slices()) {
                slice = Math.max(slice, record.sliceId());
            }
        });
        engine.scans()
                .references()
                .forEach(
                        references -> slice = Math.max(slice, references.slice().id()));
        engine.scans().delayedSlices().forEach(delayed -> slice = Math.max(slice, delayed.by()));
        engine.scans().sessions().forEach(record -> session = Math.max(session, record.id()));
        inode = Math.max(inode, engine.reads().counter(Counter.NEXT_INODE) - 1);
        slice = Math.max(slice, engine.reads().counter(Counter.NEXT_SLICE) - 1);
    }

    private static void raise(MetaEngine engine, Counter counter, long least) throws FileError {
        long missing = least - engine.reads().counter(counter);
        if (missing > 0) {
            engine.increment(counter, missing);
        }
    }

    /** Whoever mounts next deletes what they held open, and then them. */
    private static int endSessions(MetaEngine engine) throws FileError {
        var ended = new int[1];
        var transactions = new Transactions(engine, new InodeLocks());
        engine.scans().sessions().forEach(record -> {
            transactions.run(transaction -> {
                transaction.witness(Witness.REPEAT);
                transaction.putSession(new SessionRecord(record.id(), 0));
                return true;
            });
            ended[0]++;
        });
        return ended[0];
    }
}
