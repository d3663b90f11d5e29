package io.blockring.blockstore;

import io.blockring.blockstore.DatasetPolicy.Keep;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The bytes of a directory and who has them: a limit for all, and shares for datasets by their policies.
 *
 * <p>A fill takes of its dataset's share first and then of all; a slot gives back to both.
 */
final class Capacity {
    /** Who belongs to no dataset, or to one without a policy. */
    static final int NO_DATASET = 0;

    private static final int MOST_PINNED_PERCENT = 80;

    private final Room all;
    private final Map<Integer, Room> shares = new ConcurrentHashMap<>();
    private volatile Map<Integer, DatasetPolicy> policies = Map.of();

    Capacity(long limit) {
        all = new Room(limit);
    }

    /** From now on these are the policies; blocks of other datasets are treated as those of none. */
    void setPolicies(Map<Integer, DatasetPolicy> agreed) {
        policies = agreed;
        shares.forEach((dataset, share) -> share.limitTo(policy(dataset).shareBytes()));
    }

    DatasetPolicy policy(int dataset) {
        return dataset == NO_DATASET ? DatasetPolicy.AUTO : policies.getOrDefault(dataset, DatasetPolicy.AUTO);
    }

    /** What may make the blocks of a dataset go; some may be left from before they were {@link Keep#ONCE}. */
    Keep keep(int dataset) {
        Keep keep = policy(dataset).keep();
        return keep == Keep.ONCE ? Keep.AUTO : keep;
    }

    /** The dataset, or none if it has no policy: whoever asks cannot make datasets. */
    int known(int dataset) {
        return policies.containsKey(dataset) ? dataset : NO_DATASET;
    }

    /** Takes of a dataset's share alone, all or nothing. */
    boolean tryTakeShare(int dataset, long bytes) {
        boolean isTooMuchPinned =
                policy(dataset).keep() == Keep.PIN && used(Keep.PIN) + bytes > all.limit() / 100 * MOST_PINNED_PERCENT;
        return !isTooMuchPinned && share(dataset).tryTake(bytes);
    }

    void giveShare(int dataset, long bytes) {
        share(dataset).give(bytes);
    }

    /** Takes of what all have, all or nothing. */
    boolean tryTake(long bytes) {
        return all.tryTake(bytes);
    }

    /** Gives back what was taken of both. */
    void give(int dataset, long bytes) {
        share(dataset).give(bytes);
        all.give(bytes);
    }

    /** Takes what is there already. */
    void load(int dataset, long bytes) {
        share(dataset).load(bytes);
        all.load(bytes);
    }

    long limit() {
        return all.limit();
    }

    long used() {
        return all.used();
    }

    long used(int dataset) {
        return share(dataset).used();
    }

    /** What all datasets have that are kept in that way. */
    long used(Keep keep) {
        long bytes = 0;
        for (Map.Entry<Integer, Room> share : shares.entrySet()) {
            if (keep(share.getKey()) == keep) {
                bytes += share.getValue().used();
            }
        }
        return bytes;
    }

    private Room share(int dataset) {
        return shares.computeIfAbsent(dataset, _ -> new Room(policy(dataset).shareBytes()));
    }
}
