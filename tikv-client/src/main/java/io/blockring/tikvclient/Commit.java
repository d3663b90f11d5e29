package io.blockring.tikvclient;

import com.google.protobuf.ByteString;
import io.blockring.tikvclient.LockResolver.Outcome;
import io.blockring.tikvclient.wire.StoreWire.BatchRollbackRequest;
import io.blockring.tikvclient.wire.StoreWire.BatchRollbackResponse;
import io.blockring.tikvclient.wire.StoreWire.CommitRequest;
import io.blockring.tikvclient.wire.StoreWire.CommitResponse;
import io.blockring.tikvclient.wire.StoreWire.KeyError;
import io.blockring.tikvclient.wire.StoreWire.Mutation;
import io.blockring.tikvclient.wire.StoreWire.Op;
import io.blockring.tikvclient.wire.StoreWire.PrewriteRequest;
import io.blockring.tikvclient.wire.StoreWire.PrewriteResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes of a transaction in two phases. All keys are locked first, each with its value (<em>prewrite</em>), which fails
 * where a key was written behind the transaction's moment; then the first written key, the <em>primary</em>, is
 * unlocked with the moment of the commit, which decides for all. The other locks of its region go in the same step, those
 * of other regions in the background; if we die before, whoever meets them removes them.
 */
final class Commit {
    private static final Logger LOG = LoggerFactory.getLogger(Commit.class);

    /**
     * From the prewrite on; whoever meets an older lock rolls the transaction back. Writers wait so long for a client that
     * died, which is less than they have.
     */
    private static final Duration TIME_TO_LIVE = Duration.ofSeconds(5);

    /** How long a live lock of another transaction is waited for: two that wait for each other give up then. */
    private static final Duration LOCK_PATIENCE = Duration.ofMillis(500);

    /** Bytes of keys and values that one call takes: TiKV refuses what makes more than 8 MiB of one log entry. */
    private static final int MOST_BYTES_IN_A_CALL = 1 << 20;

    /** Keys that are committed in one call with the primary one. */
    private static final int MOST_WITH_PRIMARY = 1000;

    /** Transactions whose locks are removed in the background; one more does it itself. */
    private static final int MOST_IN_BACKGROUND = 256;

    private final PlacementDriver driver;
    private final StoreCalls stores;
    private final LockResolver locks;
    private final Duration patience;
    private final Semaphore background = new Semaphore(MOST_IN_BACKGROUND);

    Commit(PlacementDriver driver, StoreCalls stores, LockResolver locks, Duration patience) {
        this.driver = driver;
        this.stores = stores;
        this.locks = locks;
        this.patience = patience;
    }

    /** @param began the moment that the transaction reads */
    CommitResult run(long began, List<Mutation> mutations) throws TikvException {
        Deadline deadline = Deadline.after(patience);
        var transaction = new Writes(began, primaryOf(mutations), mutations);
        boolean locked;
        try {
            locked = prewrite(transaction, deadline);
        } catch (TikvException e) {
            later(transaction, () -> rollBack(transaction));
            throw e;
        }
        if (!locked) {
            later(transaction, () -> rollBack(transaction));
            return CommitResult.CONFLICT;
        }
        return decide(transaction, deadline);
    }

    private record Writes(long began, ByteString primary, List<Mutation> mutations) {
        List<ByteString> keys() {
            return mutations.stream().map(Mutation::getKey).toList();
        }

        /** The primary key and others of its region, which are committed with it. */
        List<ByteString> withPrimary(Region region) {
            var together = new ArrayList<>(List.of(primary));
            for (Mutation one : mutations) {
                if (together.size() < MOST_WITH_PRIMARY
                        && !one.getKey().equals(primary)
                        && region.holds(one.getKey().toByteArray())) {
                    together.add(one.getKey());
                }
            }
            return together;
        }
    }

    private static ByteString primaryOf(List<Mutation> mutations) {
        for (Mutation one : mutations) {
            if (one.getOp() != Op.Lock) {
                return one.getKey();
            }
        }
        throw new IllegalStateException("a transaction without writes");
    }

    /** Locks all keys; false when one has changed, or its lock is held. */
    private boolean prewrite(Writes transaction, Deadline deadline) throws TikvException {
        var conflict = new AtomicBoolean();
        long lockDeadlineNanos = System.nanoTime() + LOCK_PATIENCE.toNanos();
        stores.each(
                transaction.mutations,
                mutation -> mutation.getKey().toByteArray(),
                deadline,
                (region, ofRegion, limit) -> {
                    var again = new ArrayList<Mutation>();
                    for (List<Mutation> batch : batches(ofRegion)) {
                        if (conflict.get()) {
                            return List.of();
                        }
                        PrewriteResponse answer = stores.ask(
                                region,
                                limit,
                                store -> store.kvPrewrite(request(transaction, region, batch)),
                                PrewriteResponse::getRegionError);
                        if (answer == null) {
                            again.addAll(batch);
                        } else if (answer.getErrorsCount() > 0) {
                            if (!passed(answer.getErrorsList(), lockDeadlineNanos, limit)) {
                                conflict.set(true);
                            }
                            again.addAll(batch);
                        }
                    }
                    return conflict.get() ? List.of() : again;
                });
        return !conflict.get();
    }

    private static PrewriteRequest request(Writes transaction, Region region, List<Mutation> batch) {
        long sinceBegin = Math.max(0, System.currentTimeMillis() - Moments.millis(transaction.began));
        return PrewriteRequest.newBuilder()
                .setContext(region.context())
                .addAllMutations(batch)
                .setPrimaryLock(transaction.primary)
                .setStartVersion(transaction.began)
                .setLockTtl(sinceBegin + TIME_TO_LIVE.toMillis())
                .setTxnSize(batch.size())
                // Says that we look for the moment that a reader may have pushed the commit behind.
                .setMinCommitTs(transaction.began + 1)
                .build();
    }

    private static List<List<Mutation>> batches(List<Mutation> mutations) {
        var batches = new ArrayList<List<Mutation>>();
        var batch = new ArrayList<Mutation>();
        int bytes = 0;
        for (Mutation one : mutations) {
            int more = one.getSerializedSize();
            if (bytes + more > MOST_BYTES_IN_A_CALL && !batch.isEmpty()) {
                batches.add(batch);
                batch = new ArrayList<>();
                bytes = 0;
            }
            batch.add(one);
            bytes += more;
        }
        batches.add(batch);
        return batches;
    }

    /** Whether what stood in the way of a prewrite is gone, or may soon be. */
    private boolean passed(List<KeyError> errors, long lockDeadlineNanos, Deadline deadline) throws TikvException {
        for (KeyError error : errors) {
            if (!error.hasLocked()) {
                if (error.hasConflict() || !error.getRetryable().isEmpty()) {
                    return false;
                }
                throw new TikvException("TiKV refuses a write: " + error);
            }
            if (locks.meet(error.getLocked(), 0, deadline) == Outcome.HELD) {
                if (System.nanoTime() - lockDeadlineNanos > 0) {
                    return false;
                }
                deadline.pause("a key is locked by a transaction of another client");
            }
        }
        return true;
    }

    /** Commits the primary key with its neighbours, and by it the transaction. */
    private CommitResult decide(Writes transaction, Deadline deadline) {
        try {
            byte[] primary = transaction.primary.toByteArray();
            long moment = driver.moment(deadline);
            while (true) {
                deadline.check();
                Region region = stores.regions().of(primary, deadline);
                List<ByteString> together = transaction.withPrimary(region);
                CommitRequest request = request(transaction, region, moment, together);
                CommitResponse answer =
                        stores.ask(region, deadline, store -> store.kvCommit(request), CommitResponse::getRegionError);
                if (answer == null) {
                    continue;
                }
                if (!answer.hasError()) {
                    long committedAt = moment;
                    Set<ByteString> others = new HashSet<>(transaction.keys());
                    together.forEach(others::remove);
                    if (!others.isEmpty()) {
                        later(transaction, () -> commitOthers(transaction, others, committedAt));
                    }
                    return CommitResult.COMMITTED;
                }
                if (isRolledBack(answer.getError())) {
                    later(transaction, () -> rollBack(transaction));
                    return CommitResult.CONFLICT;
                }
                if (!answer.getError().hasCommitTsExpired()) {
                    throw new TikvException("TiKV did not commit: " + answer.getError());
                }
                moment = driver.moment(deadline);
            }
        } catch (TikvException e) {
            LOG.warn("whether a transaction was committed is not known: {}", e.getMessage());
            return CommitResult.UNKNOWN;
        }
    }

    /** Whether the lock is gone because another client took us for dead; any other error decides nothing. */
    private static boolean isRolledBack(KeyError error) {
        return error.hasTxnLockNotFound()
                || error.hasTxnNotFound()
                || !error.getRetryable().isEmpty();
    }

    private static CommitRequest request(Writes transaction, Region region, long moment, List<ByteString> keys) {
        return CommitRequest.newBuilder()
                .setContext(region.context())
                .setStartVersion(transaction.began)
                .addAllKeys(keys)
                .setCommitVersion(moment)
                .build();
    }

    private void commitOthers(Writes transaction, Set<ByteString> others, long moment) throws TikvException {
        stores.each(
                List.copyOf(others), ByteString::toByteArray, Deadline.after(patience), (region, keys, deadline) -> {
                    CommitRequest request = request(transaction, region, moment, keys);
                    CommitResponse answer = stores.ask(
                            region, deadline, store -> store.kvCommit(request), CommitResponse::getRegionError);
                    if (answer != null && answer.hasError()) {
                        throw new TikvException("a lock of a committed transaction: " + answer.getError());
                    }
                    return answer == null ? keys : List.of();
                });
    }

    private void rollBack(Writes transaction) throws TikvException {
        stores.each(transaction.keys(), ByteString::toByteArray, Deadline.after(patience), (region, keys, deadline) -> {
            BatchRollbackResponse answer = stores.ask(
                    region,
                    deadline,
                    store -> store.kvBatchRollback(BatchRollbackRequest.newBuilder()
                            .setContext(region.context())
                            .setStartVersion(transaction.began)
                            .addAllKeys(keys)
                            .build()),
                    BatchRollbackResponse::getRegionError);
            if (answer != null && answer.hasError()) {
                throw new TikvException("a lock of a transaction that was given up: " + answer.getError());
            }
            return answer == null ? keys : List.of();
        });
    }

    private interface Cleaning {
        void run() throws TikvException;
    }

    /** Removes locks; where that fails, whoever meets them does. */
    private void later(Writes transaction, Cleaning cleaning) {
        if (background.tryAcquire()) {
            stores.later(() -> {
                try {
                    clean(transaction, cleaning);
                } finally {
                    background.release();
                }
            });
        } else {
            clean(transaction, cleaning);
        }
    }

    private static void clean(Writes transaction, Cleaning cleaning) {
        try {
            cleaning.run();
        } catch (TikvException e) {
            LOG.debug("locks of the transaction of {} are left", transaction.began, e);
        }
    }
}
