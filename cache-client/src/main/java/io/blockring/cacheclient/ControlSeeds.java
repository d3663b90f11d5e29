package io.blockring.cacheclient;

import io.blockring.proto.control.NodeControlGrpc;
import io.blockring.proto.control.Ring;
import io.blockring.proto.control.RingRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the control service of any node for the ring; used by one thread at a time. */
final class ControlSeeds implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ControlSeeds.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final String group;
    private final List<String> seeds;
    private String address = "";
    private @Nullable ManagedChannel channel;
    private String lastFailure = "not asked yet";

    ControlSeeds(String group, List<String> seeds) {
        this.group = group;
        this.seeds = seeds;
    }

    /**
     * The ring as the first node says that answers and is not behind: the one that did last time, then the seeds,
     * then {@code others}.
     *
     * @return null when none answers; {@link #lastFailure} then says why
     */
    @Nullable
    Ring fetch(long knownEpoch, long knownRevision, Collection<String> others) {
        var request = RingRequest.newBuilder()
                .setGroup(group)
                .setKnownEpoch(knownEpoch)
                .setKnownRevision(knownRevision)
                .build();
        var candidates = new LinkedHashSet<String>();
        if (!address.isEmpty()) {
            candidates.add(address);
        }
        candidates.addAll(seeds);
        candidates.addAll(others);
        Ring best = null;
        for (String candidate : candidates) {
            if (!candidate.isEmpty() && !Thread.currentThread().isInterrupted()) {
                try {
                    Ring ring = NodeControlGrpc.newBlockingStub(channelTo(candidate))
                            .withDeadlineAfter(PATIENCE)
                            .getRing(request);
                    if (ring.getEpoch() > 0 && ring.getEpoch() >= knownEpoch) {
                        return ring;
                    }
                    best = best == null || ring.getEpoch() > best.getEpoch() ? ring : best;
                } catch (StatusRuntimeException | IllegalArgumentException e) {
                    lastFailure = candidate + ": " + e.getMessage();
                    log.debug("no ring from {}", candidate, e);
                    close();
                }
            }
        }
        return best;
    }

    String lastFailure() {
        return lastFailure;
    }

    private ManagedChannel channelTo(String candidate) {
        ManagedChannel open = channel;
        if (open == null || !address.equals(candidate)) {
            close();
            open = NettyChannelBuilder.forTarget(candidate).usePlaintext().build();
            channel = open;
            address = candidate;
        }
        return open;
    }

    @Override
    public void close() {
        ManagedChannel open = channel;
        channel = null;
        address = "";
        if (open != null) {
            open.shutdownNow();
        }
    }
}
