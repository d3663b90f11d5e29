package io.blockring.tikvclient;

import com.google.protobuf.ByteString;
import io.blockring.tikvclient.wire.StoreWire.Action;
import io.blockring.tikvclient.wire.StoreWire.CheckSecondaryLocksRequest;
import io.blockring.tikvclient.wire.StoreWire.CheckSecondaryLocksResponse;
import io.blockring.tikvclient.wire.StoreWire.CheckTxnStatusRequest;
import io.blockring.tikvclient.wire.StoreWire.CheckTxnStatusResponse;
import io.blockring.tikvclient.wire.StoreWire.KeyError;
import io.blockring.tikvclient.wire.StoreWire.LockInfo;
import io.blockring.tikvclient.wire.StoreWire.ResolveLockRequest;
import io.blockring.tikvclient.wire.StoreWire.ResolveLockResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a lock in the way means, and removes it when its transaction has ended or its client is dead.
 *
 * <p>A transaction has ended as its primary lock has: that lock is gone, and a record beside its key says how. A client
 * is dead when the primary lock's time to live is over; whoever finds that rolls it back. With <em>asynchronous
 * commit</em> (JuiceFS uses it) a transaction is committed as soon as all its locks are there, so that then the others
 * decide: are all there, it is committed at the largest of their least moments; does one lack, it never will be, for
 * the store that was asked for it lets it be written no more.
 *
 * <p>Source: Peng and Dabek, "Large-scale Incremental Processing Using Distributed Transactions and Notifications"
 * (OSDI 2010), and TiKV's description of asynchronous commit.
 */
final class LockResolver {
    /** What came of a lock. */
    enum Outcome {
        /** It is removed: the key can be read or written. */
        REMOVED,
        /** Its transaction, if it commits, will do so behind the reader's moment: the reader need not see it. */
        BEHIND_READER,
        /** Its client may be alive. */
        HELD
    }

    /** A transaction that leaves more locks in a region has them all removed at once. */
    private static final int MOST_ONE_BY_ONE = 16;

    /** How a transaction stands, or that nobody knows of it yet. */
    private sealed interface Status {
        record Ended(long committedAt) implements Status {}

        record Locked(LockInfo primary, boolean behindReader) implements Status {}

        record Unknown() implements Status {}
    }

    private final PlacementDriver driver;
    private final StoreCalls stores;

    LockResolver(PlacementDriver driver, StoreCalls stores) {
        this.driver = driver;
        this.stores = stores;
    }

    /**
     * Removes a lock if it may be.
     *
     * @param reader the moment that is read at; 0 for writers
     */
    Outcome meet(LockInfo lock, long reader, Deadline deadline) throws TikvException {
        long now = driver.moment(deadline);
        boolean expired = isExpired(lock, now);
        return switch (status(lock, reader, now, expired, false, deadline)) {
            case Status.Unknown _ -> Outcome.HELD;
            case Status.Ended(long committedAt) -> removed(lock, committedAt, deadline);
            case Status.Locked(LockInfo primary, boolean behindReader) -> {
                if (primary.getUseAsyncCommit() && isExpired(primary, now)) {
                    yield decided(lock, primary, reader, now, deadline);
                }
                yield behindReader ? Outcome.BEHIND_READER : Outcome.HELD;
            }
        };
    }

    private static boolean isExpired(LockInfo lock, long now) {
        return Moments.millis(lock.getLockVersion()) + lock.getLockTtl() <= Moments.millis(now);
    }

    /**
     * How the transaction of a lock stands; a primary lock that is expired is rolled back by this.
     *
     * @param rollBackMissing whether the transaction is to end here if its primary lock was never written
     * @param withoutOthers whether the other locks of an asynchronous commit are known not to decide
     */
    private Status status(
            LockInfo lock, long reader, long now, boolean rollBackMissing, boolean withoutOthers, Deadline deadline)
            throws TikvException {
        byte[] primary = lock.getPrimaryLock().toByteArray();
        while (true) {
            Region region = stores.regions().of(primary, deadline);
            CheckTxnStatusResponse answer = stores.ask(
                    region,
                    deadline,
                    store -> store.kvCheckTxnStatus(CheckTxnStatusRequest.newBuilder()
                            .setContext(region.context())
                            .setPrimaryKey(lock.getPrimaryLock())
                            .setLockTs(lock.getLockVersion())
                            .setCallerStartTs(reader)
                            .setCurrentTs(now)
                            .setRollbackIfNotExist(rollBackMissing)
                            .setForceSyncCommit(withoutOthers)
                            .setVerifyIsPrimary(true)
                            .build()),
                    CheckTxnStatusResponse::getRegionError);
            if (answer == null) {
                continue;
            }
            if (answer.hasError()) {
                return unknown(answer.getError());
            }
            return answer.getLockTtl() == 0
                    ? new Status.Ended(answer.getCommitVersion())
                    : new Status.Locked(answer.getLockInfo(), answer.getAction() == Action.MinCommitTSPushed);
        }
    }

    private static Status unknown(KeyError error) throws TikvException {
        if (error.hasTxnNotFound() || error.hasPrimaryMismatch()) {
            return new Status.Unknown();
        }
        throw new TikvException("the state of a transaction cannot be had: " + error);
    }

    /** Ends a transaction with asynchronous commit whose client is dead, as its other locks say. */
    private Outcome decided(LockInfo lock, LockInfo primary, long reader, long now, Deadline deadline)
            throws TikvException {
        Long committedAt = committedAt(primary, deadline);
        if (committedAt == null) {
            return status(lock, reader, now, true, true, deadline) instanceof Status.Ended(long moment)
                    ? removed(lock, moment, deadline)
                    : Outcome.HELD;
        }
        var keys = new ArrayList<>(primary.getSecondariesList());
        keys.add(primary.getKey());
        remove(primary.getLockVersion(), committedAt, keys, deadline);
        return Outcome.REMOVED;
    }

    /** When a transaction was committed, 0 when it was not, by all its locks; null when one says that they do not decide. */
    private @Nullable Long committedAt(LockInfo primary, Deadline deadline) throws TikvException {
        var latest = new AtomicLong(primary.getMinCommitTs());
        var ended = new AtomicReference<@Nullable Long>();
        var fellBack = new AtomicBoolean();
        stores.each(primary.getSecondariesList(), ByteString::toByteArray, deadline, (region, keys, ofRegion) -> {
            CheckSecondaryLocksResponse answer = stores.ask(
                    region,
                    ofRegion,
                    store -> store.kvCheckSecondaryLocks(CheckSecondaryLocksRequest.newBuilder()
                            .setContext(region.context())
                            .addAllKeys(keys)
                            .setStartVersion(primary.getLockVersion())
                            .build()),
                    CheckSecondaryLocksResponse::getRegionError);
            if (answer == null) {
                return keys;
            }
            if (answer.hasError()) {
                throw new TikvException("the locks of a transaction cannot be had: " + answer.getError());
            }
            if (answer.getLocksCount() < keys.size()) {
                ended.set(answer.getCommitTs());
            }
            for (LockInfo one : answer.getLocksList()) {
                latest.accumulateAndGet(one.getMinCommitTs(), Math::max);
                fellBack.compareAndSet(false, !one.getUseAsyncCommit());
            }
            return List.of();
        });
        Long decided = ended.get();
        if (decided != null) {
            return decided;
        }
        return fellBack.get() ? null : latest.get();
    }

    private Outcome removed(LockInfo lock, long committedAt, Deadline deadline) throws TikvException {
        if (lock.getTxnSize() <= MOST_ONE_BY_ONE) {
            remove(lock.getLockVersion(), committedAt, List.of(lock.getKey()), deadline);
            return Outcome.REMOVED;
        }
        stores.each(List.of(lock.getKey()), ByteString::toByteArray, deadline, (region, keys, ofRegion) -> {
            ResolveLockRequest request = ResolveLockRequest.newBuilder()
                    .setContext(region.context())
                    .setStartVersion(lock.getLockVersion())
                    .setCommitVersion(committedAt)
                    .build();
            return resolve(region, request, ofRegion) ? List.of() : keys;
        });
        return Outcome.REMOVED;
    }

    private void remove(long transaction, long committedAt, List<ByteString> keys, Deadline deadline)
            throws TikvException {
        stores.each(keys, ByteString::toByteArray, deadline, (region, ofRegion, limit) -> {
            ResolveLockRequest request = ResolveLockRequest.newBuilder()
                    .setContext(region.context())
                    .setStartVersion(transaction)
                    .setCommitVersion(committedAt)
                    .addAllKeys(ofRegion)
                    .build();
            return resolve(region, request, limit) ? List.of() : ofRegion;
        });
    }

    private boolean resolve(Region region, ResolveLockRequest request, Deadline deadline) throws TikvException {
        ResolveLockResponse answer = stores.ask(
                region, deadline, store -> store.kvResolveLock(request), ResolveLockResponse::getRegionError);
        if (answer != null && answer.hasError()) {
            throw new TikvException("a lock cannot be removed: " + answer.getError());
        }
        return answer != null;
    }
}
