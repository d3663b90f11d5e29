package io.blockring.tikvclient;

import com.google.protobuf.ByteString;
import io.blockring.tikvclient.wire.MetaWire;
import io.blockring.tikvclient.wire.PDGrpc;
import io.blockring.tikvclient.wire.PlacementWire.GetGCSafePointRequest;
import io.blockring.tikvclient.wire.PlacementWire.GetGCSafePointResponse;
import io.blockring.tikvclient.wire.PlacementWire.GetMembersRequest;
import io.blockring.tikvclient.wire.PlacementWire.GetMembersResponse;
import io.blockring.tikvclient.wire.PlacementWire.GetRegionRequest;
import io.blockring.tikvclient.wire.PlacementWire.GetRegionResponse;
import io.blockring.tikvclient.wire.PlacementWire.GetStoreRequest;
import io.blockring.tikvclient.wire.PlacementWire.GetStoreResponse;
import io.blockring.tikvclient.wire.PlacementWire.RequestHeader;
import io.blockring.tikvclient.wire.PlacementWire.ResponseHeader;
import io.blockring.tikvclient.wire.PlacementWire.UpdateGCSafePointRequest;
import io.blockring.tikvclient.wire.PlacementWire.UpdateGCSafePointResponse;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The placement driver of a cluster (PD): gives moments, says where keys are, and up to which moment old versions may go.
 * Of its members only the leader answers; it is found again when it changes.
 */
final class PlacementDriver implements AutoCloseable {
    /** The leader as it was found once; what is found later is another one, at the same address or not. */
    private static final class Leader {
        private final String address;
        private final RequestHeader header;
        private final PDGrpc.PDBlockingStub calls;
        private final MomentStream moments;

        private Leader(String address, long clusterId, ManagedChannel channel) {
            this.address = address;
            this.header = RequestHeader.newBuilder().setClusterId(clusterId).build();
            this.calls = PDGrpc.newBlockingStub(channel);
            this.moments = new MomentStream(PDGrpc.newStub(channel), header);
        }
    }

    private interface Call<A> {
        A to(PDGrpc.PDBlockingStub calls, RequestHeader header);
    }

    private final Channels channels;
    private final Set<String> members = ConcurrentHashMap.newKeySet();
    private final Map<Long, String> stores = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable Leader> leading = new AtomicReference<>();
    private final ReentrantLock searching = new ReentrantLock();

    /** @param members host and port of some members, or of all */
    PlacementDriver(List<String> members, Channels channels) {
        this.members.addAll(members);
        this.channels = channels;
    }

    /** A moment behind all that were given before. */
    long moment(Deadline deadline) throws TikvException {
        while (true) {
            Leader asked = leader(deadline);
            channels.asked("Tso");
            try {
                return asked.moments
                        .next()
                        .get(deadline.ofCall().timeRemaining(TimeUnit.MILLISECONDS), TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException e) {
                forget(asked);
                deadline.pause("no moment from " + asked.address + ": " + reason(e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new TikvException("interrupted while it waited for a moment", e);
            }
        }
    }

    private static String reason(Exception failure) {
        return failure instanceof TimeoutException || failure.getCause() == null
                ? "it is silent"
                : String.valueOf(failure.getCause().getMessage());
    }

    /** The region that holds {@code key}. */
    Region regionOf(byte[] key, Deadline deadline) throws TikvException {
        return region(key, deadline, PDGrpc.PDBlockingStub::getRegion);
    }

    /** The region before the one that holds {@code key}. */
    Region regionBefore(byte[] key, Deadline deadline) throws TikvException {
        return region(key, deadline, PDGrpc.PDBlockingStub::getPrevRegion);
    }

    private interface RegionCall {
        GetRegionResponse to(PDGrpc.PDBlockingStub calls, GetRegionRequest request);
    }

    private Region region(byte[] key, Deadline deadline, RegionCall call) throws TikvException {
        ByteString encoded = KeyEncoding.encode(key);
        while (true) {
            GetRegionResponse answer = ask(
                    deadline,
                    (calls, header) -> call.to(
                            calls,
                            GetRegionRequest.newBuilder()
                                    .setHeader(header)
                                    .setRegionKey(encoded)
                                    .build()),
                    GetRegionResponse::getHeader);
            MetaWire.Region region = answer.getRegion();
            if (answer.hasRegion() && region.getPeersCount() > 0) {
                MetaWire.Peer asked = answer.hasLeader() ? answer.getLeader() : region.getPeers(0);
                return new Region(region, asked, storeAddress(asked.getStoreId(), deadline));
            }
            deadline.pause("the placement driver knows no region of a key");
        }
    }

    /** Host and port of a store. */
    String storeAddress(long store, Deadline deadline) throws TikvException {
        String known = stores.get(store);
        if (known != null) {
            return known;
        }
        String address = ask(
                        deadline,
                        (calls, header) -> calls.getStore(GetStoreRequest.newBuilder()
                                .setHeader(header)
                                .setStoreId(store)
                                .build()),
                        GetStoreResponse::getHeader)
                .getStore()
                .getAddress();
        if (address.isEmpty()) {
            throw new TikvException("store " + store + " of the TiKV cluster has no address");
        }
        stores.put(store, address);
        return address;
    }

    /** Asks for the address of a store anew next time. */
    void forgetStore(long store) {
        stores.remove(store);
    }

    /** Versions that only readers before this moment would see may be gone. */
    long safePoint(Deadline deadline) throws TikvException {
        return ask(
                        deadline,
                        (calls, header) -> calls.getGCSafePoint(GetGCSafePointRequest.newBuilder()
                                .setHeader(header)
                                .build()),
                        GetGCSafePointResponse::getHeader)
                .getSafePoint();
    }

    /** Moves the safe point forward, never back; the one that holds then. */
    long advanceSafePoint(long moment, Deadline deadline) throws TikvException {
        return ask(
                        deadline,
                        (calls, header) -> calls.updateGCSafePoint(UpdateGCSafePointRequest.newBuilder()
                                .setHeader(header)
                                .setSafePoint(moment)
                                .build()),
                        UpdateGCSafePointResponse::getHeader)
                .getNewSafePoint();
    }

    private <A> A ask(Deadline deadline, Call<A> call, Function<A, ResponseHeader> headerOf) throws TikvException {
        while (true) {
            deadline.check();
            Leader asked = leader(deadline);
            String failure;
            try {
                A answer = call.to(asked.calls.withDeadline(deadline.ofCall()), asked.header);
                if (!headerOf.apply(answer).hasError()) {
                    return answer;
                }
                failure = headerOf.apply(answer).getError().getMessage();
            } catch (StatusRuntimeException e) {
                failure = String.valueOf(e.getMessage());
            }
            forget(asked);
            deadline.pause("placement driver " + asked.address + ": " + failure);
        }
    }

    private Leader leader(Deadline deadline) throws TikvException {
        while (true) {
            Leader known = leading.get();
            if (known != null) {
                return known;
            }
            String failure = "another search for its leader goes on";
            if (tryToSearch(deadline)) {
                try {
                    failure = find(deadline);
                } finally {
                    searching.unlock();
                }
            }
            if (leading.get() == null) {
                deadline.pause("placement driver: " + failure);
            }
        }
    }

    /** One searches at a time; the others wait for it, and none beyond its own deadline. */
    private boolean tryToSearch(Deadline deadline) throws TikvException {
        try {
            return searching.tryLock(deadline.leftNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TikvException("interrupted while it waited for the placement driver", e);
        }
    }

    /** Asks the members for their leader; why there is none, where it stays unknown. */
    private String find(Deadline deadline) throws TikvException {
        if (leading.get() != null) {
            return "";
        }
        String failure = "no member of the placement driver was named";
        for (String member : new LinkedHashSet<>(members)) {
            try {
                GetMembersResponse answer = PDGrpc.newBlockingStub(channels.to(member))
                        .withDeadline(deadline.ofCall())
                        .getMembers(GetMembersRequest.getDefaultInstance());
                answer.getMembersList().forEach(one -> members.addAll(addresses(one.getClientUrlsList())));
                List<String> urls = addresses(answer.getLeader().getClientUrlsList());
                if (!urls.isEmpty()) {
                    String address = urls.getFirst();
                    leading.set(new Leader(address, answer.getHeader().getClusterId(), channels.to(address)));
                    return "";
                }
                failure = member + " knows no leader";
            } catch (StatusRuntimeException e) {
                failure = member + ": " + e.getMessage();
            }
            deadline.check();
        }
        return failure;
    }

    /** A URL of a member without its scheme. */
    private static List<String> addresses(List<String> urls) {
        return urls.stream().map(url -> url.substring(url.indexOf("//") + 2)).toList();
    }

    private void forget(Leader asked) {
        if (leading.compareAndSet(asked, null)) {
            asked.moments.close();
        }
    }

    @Override
    public void close() {
        Leader last = leading.get();
        if (last != null) {
            forget(last);
        }
    }
}
