package io.blockring.tikvclient;

import com.google.protobuf.ByteString;
import io.blockring.tikvclient.wire.StoreWire.LockInfo;
import io.blockring.tikvclient.wire.StoreWire.ScanLockRequest;
import io.blockring.tikvclient.wire.StoreWire.ScanLockResponse;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A TiKV cluster: an ordered store of keys with transactions. Safe for use by many threads. */
public final class TikvCluster implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TikvCluster.class);

    /** How long a cluster is looked for that is to be connected to. */
    private static final Duration OPENING_PATIENCE = Duration.ofSeconds(5);

    /** Locks that one call looks for. */
    private static final int LOCKS_IN_A_CALL = 1024;

    private final Channels channels;
    private final PlacementDriver driver;
    private final StoreCalls stores;
    private final LockResolver locks;
    private final Commit commit;
    private final Duration patience;

    private TikvCluster(List<String> drivers, Channels channels, Duration patience) {
        this.patience = patience;
        this.channels = channels;
        this.driver = new PlacementDriver(drivers, channels);
        this.stores = new StoreCalls(channels, new Regions(driver));
        this.locks = new LockResolver(driver, stores);
        this.commit = new Commit(driver, stores, locks, patience);
    }

    /**
     * Connects to a cluster; fails when its placement driver does not answer.
     *
     * @param drivers host and port of some members of the placement driver, or of all
     * @param patience how long each operation waits for the cluster
     */
    public static TikvCluster connect(List<String> drivers, TikvSecurity security, Duration patience)
            throws TikvException {
        return connect(drivers, security, patience, _ -> {});
    }

    /**
     * As {@link #connect(List, TikvSecurity, Duration)}.
     *
     * @param watch is told the name that the protocol gives a call, as {@code KvGet}, before each is sent and by the
     *     thread that waits for it
     */
    public static TikvCluster connect(
            List<String> drivers, TikvSecurity security, Duration patience, Consumer<String> watch)
            throws TikvException {
        var cluster = new TikvCluster(drivers, new Channels(security.credentials(), watch), patience);
        try {
            Duration opening = patience.compareTo(OPENING_PATIENCE) < 0 ? patience : OPENING_PATIENCE;
            cluster.driver.moment(Deadline.after(opening));
            return cluster;
        } catch (TikvException e) {
            cluster.close();
            throw e;
        }
    }

    /** A moment behind all that were given before; it takes one round trip. */
    public long moment() throws TikvException {
        return driver.moment(Deadline.after(patience));
    }

    /** Reads of now. */
    public TikvSnapshot snapshot() throws TikvException {
        return at(moment());
    }

    /** Reads of an earlier moment, which is to be behind the safe point. */
    public TikvSnapshot at(long moment) {
        return new TikvSnapshot(stores, locks, moment, patience);
    }

    /** Reads of what is committed when each of them arrives: many keys are not read at one moment. */
    public TikvSnapshot latest() {
        return at(Moments.LATEST);
    }

    public TikvTransaction begin() throws TikvException {
        return new TikvTransaction(snapshot(), commit);
    }

    /** Versions that only reads before this moment would see may be gone. */
    public long safePoint() throws TikvException {
        return driver.safePoint(Deadline.after(patience));
    }

    /**
     * Lets the stores drop versions that only reads before {@code moment} would see. All older locks are removed first:
     * what says how their transactions ended is dropped too. It walks over the whole cluster.
     *
     * @return the safe point that holds then, which another client may have moved further
     */
    public long advanceSafePoint(long moment) throws TikvException {
        byte[] from = new byte[0];
        do {
            from = removeLocks(from, moment);
        } while (from.length > 0);
        long now = driver.advanceSafePoint(moment, Deadline.after(patience));
        LOG.info("the stores may drop versions of before {}", Moments.instant(now));
        return now;
    }

    /** Removes old locks of the region of {@code from}; where the next one begins, empty behind the last. */
    private byte[] removeLocks(byte[] from, long moment) throws TikvException {
        Deadline deadline = Deadline.after(patience);
        while (true) {
            deadline.check();
            Region region = stores.regions().of(from, deadline);
            ScanLockResponse answer = stores.ask(
                    region,
                    deadline,
                    store -> store.kvScanLock(ScanLockRequest.newBuilder()
                            .setContext(region.context())
                            .setMaxVersion(moment)
                            .setStartKey(ByteString.copyFrom(from))
                            .setEndKey(ByteString.copyFrom(region.end()))
                            .setLimit(LOCKS_IN_A_CALL)
                            .build()),
                    ScanLockResponse::getRegionError);
            if (answer == null) {
                continue;
            }
            if (answer.hasError()) {
                throw new TikvException("old locks cannot be found: " + answer.getError());
            }
            boolean held = false;
            for (LockInfo lock : answer.getLocksList()) {
                held |= locks.meet(lock, 0, deadline) == LockResolver.Outcome.HELD;
            }
            if (held) {
                deadline.pause("a transaction that began before the safe point is not over");
            } else if (answer.getLocksCount() < LOCKS_IN_A_CALL) {
                return region.end();
            }
        }
    }

    @Override
    public void close() {
        stores.close();
        driver.close();
        channels.close();
    }
}
