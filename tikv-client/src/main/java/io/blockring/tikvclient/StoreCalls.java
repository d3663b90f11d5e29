package io.blockring.tikvclient;

import io.blockring.tikvclient.wire.StoreWire.RegionError;
import io.blockring.tikvclient.wire.TikvGrpc;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Calls to the stores that lead regions; where a region has moved or its store is busy, the caller looks it up again. */
final class StoreCalls implements AutoCloseable {
    /** Regions that one operation asks at once. */
    private static final int MOST_AT_ONCE = 16;

    private static final Duration LONGEST_BUSY_PAUSE = Duration.ofSeconds(2);

    /** One call to one store. */
    interface Call<A> {
        A to(TikvGrpc.TikvBlockingStub store);
    }

    /** What is to be done with the keys of one region. */
    interface Work<K> {
        /** Returns the items that are to be tried again, because their region or a lock was in the way. */
        List<K> on(Region region, List<K> items, Deadline deadline) throws TikvException;
    }

    private record Share<K>(Region region, List<K> items) {}

    private final Channels channels;
    private final Regions regions;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** Its work uses the other threads, and so ends before them. */
    private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();

    StoreCalls(Channels channels, Regions regions) {
        this.channels = channels;
        this.regions = regions;
    }

    Regions regions() {
        return regions;
    }

    /** Runs background work of a transaction; it ends by its own deadline. */
    void later(Runnable work) {
        background.execute(work);
    }

    /** Asks the leader of a region once; null, after a pause, when it did not look at the request. */
    <A> @Nullable A ask(Region region, Deadline deadline, Call<A> call, Function<A, RegionError> errorOf)
            throws TikvException {
        deadline.check();
        A answer;
        try {
            answer = call.to(
                    TikvGrpc.newBlockingStub(channels.to(region.address())).withDeadline(deadline.ofCall()));
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
                throw new TikvException(
                        "TiKV store " + region.address() + " does not know a call: " + e.getMessage(), e);
            }
            regions.silent(region);
            deadline.pause("store " + region.address() + ": " + e.getMessage());
            return null;
        }
        // An error of a kind that we do not know still differs: it keeps its unknown fields.
        RegionError error = errorOf.apply(answer);
        if (error.equals(RegionError.getDefaultInstance())) {
            return answer;
        }
        learn(region, error, deadline);
        return null;
    }

    private void learn(Region region, RegionError error, Deadline deadline) throws TikvException {
        String failure = "store " + region.address() + ", region " + region.id() + ": " + error.getMessage();
        if (error.hasRaftEntryTooLarge()) {
            throw new TikvException("a transaction is too large for TiKV: " + failure);
        }
        if (error.hasServerIsBusy()) {
            Duration asked = Duration.ofMillis(error.getServerIsBusy().getBackoffMs());
            deadline.pause(failure, asked.compareTo(LONGEST_BUSY_PAUSE) < 0 ? asked : LONGEST_BUSY_PAUSE);
        }
        if (error.hasNotLeader() && error.getNotLeader().hasLeader()) {
            regions.led(region, error.getNotLeader().getLeader(), deadline);
        } else {
            regions.forget(region);
        }
        deadline.pause(failure);
    }

    /** Does {@code work} on the items of each region, until none is to be tried again. */
    <K> void each(List<K> items, Function<K, byte[]> keyOf, Deadline deadline, Work<K> work) throws TikvException {
        List<K> left = items;
        while (!left.isEmpty()) {
            deadline.check();
            List<Share<K>> shares = shares(left, keyOf, deadline);
            left = shares.size() == 1
                    ? work.on(shares.getFirst().region, shares.getFirst().items, deadline)
                    : atOnce(shares, deadline, work);
        }
    }

    private <K> List<Share<K>> shares(List<K> items, Function<K, byte[]> keyOf, Deadline deadline)
            throws TikvException {
        Map<Long, Share<K>> shares = new LinkedHashMap<>();
        for (K item : items) {
            Region region = regions.of(keyOf.apply(item), deadline);
            shares.computeIfAbsent(region.id(), _ -> new Share<>(region, new ArrayList<>()))
                    .items
                    .add(item);
        }
        return List.copyOf(shares.values());
    }

    private <K> List<K> atOnce(List<Share<K>> shares, Deadline deadline, Work<K> work) throws TikvException {
        var again = new ArrayList<K>();
        for (int from = 0; from < shares.size(); from += MOST_AT_ONCE) {
            var running = new ArrayList<Future<List<K>>>();
            for (Share<K> share : shares.subList(from, Math.min(from + MOST_AT_ONCE, shares.size()))) {
                running.add(threads.submit(() -> work.on(share.region, share.items, deadline.sibling())));
            }
            TikvException failure = null;
            for (Future<List<K>> one : running) {
                try {
                    again.addAll(one.get());
                } catch (ExecutionException e) {
                    failure = e.getCause() instanceof TikvException known
                            ? known
                            : new TikvException("a call to TiKV failed", e);
                } catch (InterruptedException e) {
                    running.forEach(other -> other.cancel(true));
                    Thread.currentThread().interrupt();
                    throw new TikvException("interrupted while it waited for TiKV", e);
                }
            }
            if (failure != null) {
                throw failure;
            }
        }
        return again;
    }

    @Override
    public void close() {
        background.close();
        threads.close();
    }
}
