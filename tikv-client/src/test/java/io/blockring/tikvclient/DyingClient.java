package io.blockring.tikvclient;

import com.google.protobuf.ByteString;
import io.blockring.tikvclient.testing.TikvServers;
import io.blockring.tikvclient.wire.StoreWire.CommitRequest;
import io.blockring.tikvclient.wire.StoreWire.CommitResponse;
import io.blockring.tikvclient.wire.StoreWire.Mutation;
import io.blockring.tikvclient.wire.StoreWire.Op;
import io.blockring.tikvclient.wire.StoreWire.PrewriteRequest;
import io.blockring.tikvclient.wire.StoreWire.PrewriteResponse;
import io.grpc.InsecureChannelCredentials;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A client that dies in the middle of a transaction: it does the steps that it is told to, and no more. */
final class DyingClient implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** How a transaction is to be committed. */
    enum Way {
        TWO_PHASES,
        ASYNCHRONOUS
    }

    /** What a store said to a prewrite. */
    enum Prewritten {
        LOCKED,
        REFUSED
    }

    private final Channels channels = new Channels(InsecureChannelCredentials.create(), _ -> {});
    private final PlacementDriver driver;
    private final StoreCalls stores;
    private final Way way;
    private final Duration timeToLive;
    private final List<byte[]> keys;
    private final byte[] value;
    private final long began;

    /** Begins a transaction that writes one value to some keys, of which the first one is its primary. */
    DyingClient(TikvServers servers, Way way, Duration timeToLive, List<byte[]> keys, byte[] value)
            throws TikvException {
        this.driver = new PlacementDriver(List.of(servers.driver()), channels);
        this.stores = new StoreCalls(channels, new Regions(driver));
        this.way = way;
        this.timeToLive = timeToLive;
        this.keys = List.copyOf(keys);
        this.value = value;
        this.began = driver.moment(Deadline.after(PATIENCE));
    }

    /** Locks the keys of these numbers. */
    Prewritten prewrite(int... numbers) throws TikvException {
        for (int number : numbers) {
            Deadline deadline = Deadline.after(PATIENCE);
            PrewriteResponse answer = null;
            while (answer == null) {
                Region region = stores.regions().of(keys.get(number), deadline);
                PrewriteRequest request = request(region, number);
                answer = stores.ask(
                        region, deadline, store -> store.kvPrewrite(request), PrewriteResponse::getRegionError);
            }
            if (answer.getErrorsCount() > 0) {
                return Prewritten.REFUSED;
            }
        }
        return Prewritten.LOCKED;
    }

    private PrewriteRequest request(Region region, int number) {
        var request = PrewriteRequest.newBuilder()
                .setContext(region.context())
                .addMutations(Mutation.newBuilder()
                        .setOp(Op.Put)
                        .setKey(ByteString.copyFrom(keys.get(number)))
                        .setValue(ByteString.copyFrom(value)))
                .setPrimaryLock(ByteString.copyFrom(keys.getFirst()))
                .setStartVersion(began)
                .setLockTtl(timeToLive.toMillis())
                .setMinCommitTs(began + 1)
                .setTxnSize(1);
        if (way == Way.ASYNCHRONOUS) {
            request.setUseAsyncCommit(true);
            if (number == 0) {
                var others = new ArrayList<ByteString>();
                keys.subList(1, keys.size()).forEach(key -> others.add(ByteString.copyFrom(key)));
                request.addAllSecondaries(others);
            }
        }
        return request.build();
    }

    /** Commits the primary key. */
    void commitPrimary() throws TikvException {
        Deadline deadline = Deadline.after(PATIENCE);
        long moment = driver.moment(deadline);
        CommitResponse answer = null;
        while (answer == null) {
            Region region = stores.regions().of(keys.getFirst(), deadline);
            answer = stores.ask(
                    region,
                    deadline,
                    store -> store.kvCommit(CommitRequest.newBuilder()
                            .setContext(region.context())
                            .setStartVersion(began)
                            .addKeys(ByteString.copyFrom(keys.getFirst()))
                            .setCommitVersion(moment)
                            .build()),
                    CommitResponse::getRegionError);
        }
        if (answer.hasError()) {
            throw new TikvException("not committed: " + answer.getError());
        }
    }

    @Override
    public void close() {
        stores.close();
        driver.close();
        channels.close();
    }
}
