package io.blockring.meta.engine;

import io.blockring.meta.FileError;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Runs transactions until they are committed: the one place that retries. What is written here holds for every engine:
 * conflicts are tried again after a pause that grows and is drawn at random, an unknown outcome is cleared up by the
 * transaction's witness before anything is repeated, and all of it ends at a deadline.
 */
public final class Transactions {
    private static final int MAX_TRIES = 50;
    private static final Duration DEADLINE = Duration.ofSeconds(15);

    /** Reads, decides and writes; runs again after a conflict, so it changes nothing but records. */
    @FunctionalInterface
    public interface Body<T extends @Nullable Object> {
        T run(MetaTransaction transaction) throws FileError;
    }

    /** A body that learns from its reads which other inodes must be locked. */
    @FunctionalInterface
    public interface LockingBody<T extends @Nullable Object> {
        T run(MetaTransaction transaction, InodeLocks.Held locks) throws FileError;
    }

    private final MetaEngine engine;
    private final InodeLocks locks;
    private final ChangeListener listener;

    public Transactions(MetaEngine engine, InodeLocks locks) {
        this(engine, locks, ChangeListener.NONE);
    }

    /** @param listener hears of all that is changed */
    public Transactions(MetaEngine engine, InodeLocks locks, ChangeListener listener) {
        this.engine = engine;
        this.locks = locks;
        this.listener = listener;
    }

    /** Runs {@code body} with {@code inodes} locked against the other threads of this process. */
    public <T extends @Nullable Object> T run(Body<T> body, long... inodes) throws FileError {
        return runLocking((transaction, _) -> body.run(transaction), inodes);
    }

    /** Runs {@code body} with at least {@code inodes} locked against the other threads of this process. */
    public <T extends @Nullable Object> T runLocking(LockingBody<T> body, long... inodes) throws FileError {
        long deadlineNanos = deadlineNanos();
        long[] locked = inodes;
        while (true) {
            try (InodeLocks.Held held = locks.hold(deadlineNanos, locked)) {
                return untilCommitted(body, held, deadlineNanos);
            } catch (InodeLocks.MoreLocks more) {
                locked = more.inodes();
            }
        }
    }

    /** Locks one inode for a moment without a transaction. */
    public InodeLocks.Held hold(long inode) throws FileError {
        return locks.hold(deadlineNanos(), inode);
    }

    private static long deadlineNanos() {
        return System.nanoTime() + DEADLINE.toNanos();
    }

    private <T extends @Nullable Object> T untilCommitted(LockingBody<T> body, InodeLocks.Held held, long deadlineNanos)
            throws FileError {
        var tries = new Tries(deadlineNanos, MAX_TRIES);
        do {
            try (MetaTransaction transaction = engine.begin()) {
                T result;
                try {
                    result = body.run(transaction, held);
                } catch (FileError e) {
                    if (transaction.holds()) {
                        throw e;
                    }
                    continue;
                }
                CommitOutcome outcome = commit(transaction);
                if (outcome == CommitOutcome.COMMITTED) {
                    return result;
                }
                if (outcome == CommitOutcome.UNKNOWN && happened(transaction.witness())) {
                    // It may have been made since the listener was told.
                    listener.changed(transaction.changed());
                    transaction.wasMade();
                    return result;
                }
            }
        } while (tries.again());
        throw new FileError(FileError.Kind.IO, "gave up after %d conflicts with others".formatted(tries.count()));
    }

    private CommitOutcome commit(MetaTransaction transaction) throws FileError {
        try {
            return transaction.commit();
        } finally {
            listener.changed(transaction.changed());
        }
    }

    private boolean happened(@Nullable Witness witness) throws FileError {
        if (witness == null) {
            throw new FileError(FileError.Kind.IO, "the engine did not say whether the change was made");
        }
        return witness.happened(engine.reads());
    }
}
