package io.blockring.tikvclient;

import com.google.protobuf.ByteString;
import io.blockring.tikvclient.wire.StoreWire.BatchGetRequest;
import io.blockring.tikvclient.wire.StoreWire.BatchGetResponse;
import io.blockring.tikvclient.wire.StoreWire.Context;
import io.blockring.tikvclient.wire.StoreWire.GetRequest;
import io.blockring.tikvclient.wire.StoreWire.GetResponse;
import io.blockring.tikvclient.wire.StoreWire.KeyError;
import io.blockring.tikvclient.wire.StoreWire.KvPair;
import io.blockring.tikvclient.wire.StoreWire.LockInfo;
import io.blockring.tikvclient.wire.StoreWire.ScanRequest;
import io.blockring.tikvclient.wire.StoreWire.ScanResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads of one moment. A lock in the way is removed when its client is dead, else waited for until the deadline. Safe
 * for use by many threads.
 */
public final class TikvSnapshot implements TikvReader {
    /** Pairs that one call returns at most: TiKV's own clients ask for so many. */
    private static final int MOST_IN_A_CALL = 10_240;

    private final StoreCalls stores;
    private final LockResolver locks;
    private final long moment;
    private final Duration patience;

    /** Transactions whose locks this moment need not see. */
    private final Set<Long> behind = ConcurrentHashMap.newKeySet();

    TikvSnapshot(StoreCalls stores, LockResolver locks, long moment, Duration patience) {
        this.stores = stores;
        this.locks = locks;
        this.moment = moment;
        this.patience = patience;
    }

    /** The moment that is read. */
    public long moment() {
        return moment;
    }

    @Override
    public byte @Nullable [] get(byte[] key) throws TikvException {
        Deadline deadline = Deadline.after(patience);
        ByteString asked = ByteString.copyFrom(key);
        while (true) {
            deadline.check();
            Region region = stores.regions().of(key, deadline);
            GetResponse answer = stores.ask(
                    region,
                    deadline,
                    store -> store.kvGet(GetRequest.newBuilder()
                            .setContext(context(region))
                            .setKey(asked)
                            .setVersion(moment)
                            .build()),
                    GetResponse::getRegionError);
            if (answer == null) {
                continue;
            }
            if (!answer.hasError()) {
                return answer.getValue().isEmpty() ? null : answer.getValue().toByteArray();
            }
            pass(answer.getError(), deadline);
        }
    }

    @Override
    public List<byte @Nullable []> getAll(List<byte[]> keys) throws TikvException {
        Map<ByteString, byte[]> values = new ConcurrentHashMap<>();
        stores.each(
                keys.stream().map(ByteString::copyFrom).distinct().toList(),
                ByteString::toByteArray,
                Deadline.after(patience),
                (region, ofRegion, deadline) -> someOf(region, ofRegion, values, deadline));
        var found = new ArrayList<byte @Nullable []>(keys.size());
        for (byte[] key : keys) {
            found.add(values.get(ByteString.copyFrom(key)));
        }
        return found;
    }

    /** Gets keys of a region; returns those that are to be asked for again. */
    private List<ByteString> someOf(
            Region region, List<ByteString> keys, Map<ByteString, byte[]> values, Deadline deadline)
            throws TikvException {
        BatchGetResponse answer = stores.ask(
                region,
                deadline,
                store -> store.kvBatchGet(BatchGetRequest.newBuilder()
                        .setContext(context(region))
                        .addAllKeys(keys)
                        .setVersion(moment)
                        .build()),
                BatchGetResponse::getRegionError);
        if (answer == null) {
            return keys;
        }
        if (answer.hasError()) {
            pass(answer.getError(), deadline);
            return keys;
        }
        var again = new ArrayList<ByteString>();
        for (KvPair pair : answer.getPairsList()) {
            if (pair.hasError()) {
                pass(pair.getError(), deadline);
                again.add(keyOf(pair));
            } else if (!pair.getValue().isEmpty()) {
                values.put(pair.getKey(), pair.getValue().toByteArray());
            }
        }
        return again;
    }

    /** A store may name the key of a pair that is locked in the lock alone. */
    private static ByteString keyOf(KvPair pair) {
        return pair.getKey().isEmpty() ? pair.getError().getLocked().getKey() : pair.getKey();
    }

    @Override
    public List<TikvPair> scan(byte[] from, byte[] to, int limit) throws TikvException {
        Deadline deadline = Deadline.after(patience);
        var pairs = new ArrayList<TikvPair>();
        byte[] next = from;
        while (pairs.size() < limit && Arrays.compareUnsigned(next, to) < 0) {
            Region region = stores.regions().of(next, deadline);
            byte[] end = region.reaches(to) ? to : region.end();
            int most = Math.min(limit - pairs.size(), MOST_IN_A_CALL);
            Integer came = scan(region, new Bounds(next, end, false), most, pairs, deadline);
            if (came == null) {
                continue;
            }
            next = came < most ? end : after(pairs.getLast().key());
        }
        return pairs;
    }

    @Override
    public List<TikvPair> scanBack(byte[] from, byte[] to, int limit) throws TikvException {
        Deadline deadline = Deadline.after(patience);
        var pairs = new ArrayList<TikvPair>();
        byte[] end = to;
        while (pairs.size() < limit && Arrays.compareUnsigned(from, end) < 0) {
            Region region = stores.regions().before(end, deadline);
            byte[] start = Arrays.compareUnsigned(region.start(), from) < 0 ? from : region.start();
            int most = Math.min(limit - pairs.size(), MOST_IN_A_CALL);
            Integer came = scan(region, new Bounds(end, start, true), most, pairs, deadline);
            if (came == null) {
                continue;
            }
            end = came < most ? start : pairs.getLast().key();
        }
        return pairs;
    }

    /** The least key behind {@code key}. */
    private static byte[] after(byte[] key) {
        return Arrays.copyOf(key, key.length + 1);
    }

    /** Where a scan begins and ends; one that goes back begins before its first key, and reads its last one too. */
    private record Bounds(ByteString first, ByteString last, boolean back) {
        private Bounds(byte[] first, byte[] last, boolean back) {
            this(ByteString.copyFrom(first), ByteString.copyFrom(last), back);
        }
    }

    /** Adds pairs of one region; their number, or null when the region is to be asked again. */
    private @Nullable Integer scan(Region region, Bounds bounds, int most, List<TikvPair> pairs, Deadline deadline)
            throws TikvException {
        deadline.check();
        ScanResponse answer = stores.ask(
                region,
                deadline,
                store -> store.kvScan(ScanRequest.newBuilder()
                        .setContext(context(region))
                        .setStartKey(bounds.first)
                        .setEndKey(bounds.last)
                        .setLimit(most)
                        .setVersion(moment)
                        .setReverse(bounds.back)
                        .build()),
                ScanResponse::getRegionError);
        if (answer == null) {
            return null;
        }
        KeyError error = answer.hasError() ? answer.getError() : firstError(answer);
        if (error != null) {
            pass(error, deadline);
            return null;
        }
        for (KvPair pair : answer.getPairsList()) {
            pairs.add(new TikvPair(pair.getKey().toByteArray(), pair.getValue().toByteArray()));
        }
        return answer.getPairsCount();
    }

    private static @Nullable KeyError firstError(ScanResponse answer) {
        for (KvPair pair : answer.getPairsList()) {
            if (pair.hasError()) {
                return pair.getError();
            }
        }
        return null;
    }

    private Context context(Region region) {
        return region.context().addAllResolvedLocks(behind).build();
    }

    /** Gets a lock out of the way, or waits for it. */
    private void pass(KeyError error, Deadline deadline) throws TikvException {
        if (!error.hasLocked()) {
            throw new TikvException("TiKV cannot read a key: " + error);
        }
        LockInfo lock = error.getLocked();
        switch (locks.meet(lock, moment == Moments.LATEST ? 0 : moment, deadline)) {
            case REMOVED -> {}
            case BEHIND_READER -> behind.add(lock.getLockVersion());
            case HELD -> deadline.pause("a key is locked by a transaction of another client");
        }
    }
}
