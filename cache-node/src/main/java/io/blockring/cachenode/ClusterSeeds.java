package io.blockring.cachenode;

import io.blockring.proto.control.HelloReply;
import io.blockring.proto.control.HelloRequest;
import io.blockring.proto.control.NodeControlGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the cluster listeners of the seeds are, as their control services say: so that the control address is the only
 * one that anybody has to write down.
 */
public final class ClusterSeeds implements Supplier<List<InetSocketAddress>> {
    private static final Logger log = LoggerFactory.getLogger(ClusterSeeds.class);
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final String group;
    private final List<String> seeds;

    /** Of these control addresses, {@code host:port}, in that group. */
    public ClusterSeeds(String group, List<String> seeds) {
        this.group = group;
        this.seeds = List.copyOf(seeds);
    }

    /** The addresses of those seeds that answer now, which may be none. */
    @Override
    public List<InetSocketAddress> get() {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (String seed : seeds) {
            String cluster = clusterOf(seed);
            int colon = cluster.lastIndexOf(':');
            if (colon > 0) {
                int port = Integer.parseInt(cluster, colon + 1, cluster.length(), 10);
                addresses.add(new InetSocketAddress(cluster.substring(0, colon), port));
            }
        }
        return addresses;
    }

    private String clusterOf(String seed) {
        ManagedChannel channel =
                NettyChannelBuilder.forTarget(seed).usePlaintext().build();
        try {
            HelloReply hello = NodeControlGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(PATIENCE)
                    .hello(HelloRequest.newBuilder().setGroup(group).build());
            return hello.getAddresses().getCluster();
        } catch (StatusRuntimeException e) {
            log.debug("seed {} does not answer", seed, e);
            return "";
        } finally {
            channel.shutdownNow();
        }
    }
}
