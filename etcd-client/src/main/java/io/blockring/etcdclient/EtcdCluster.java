package io.blockring.etcdclient;

import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An etcd cluster: an ordered store of keys with transactions. Safe for use by many threads. */
public final class EtcdCluster implements AutoCloseable {
    /** A page of pairs with the largest values of a volume, and room. */
    private static final int MAX_MESSAGE_BYTES = 64 << 20;

    /** Servers close connections that are asked more often than each 5 s whether they live. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(10);

    private static final Duration KEEP_ALIVE_PATIENCE = Duration.ofSeconds(3);

    private final Calls calls;

    private EtcdCluster(Calls calls) {
        this.calls = calls;
    }

    /**
     * Knows a cluster from now on; fails when it does not know the user.
     *
     * @param members host and port of some members, or of all
     * @param patience how long each operation waits for the cluster
     */
    public static EtcdCluster connect(List<String> members, EtcdSecurity security, EtcdLogin login, Duration patience)
            throws EtcdException {
        ChannelCredentials credentials = security.credentials();
        String serverName = security.serverName();
        var channels = new ArrayList<ManagedChannel>();
        for (String member : members) {
            NettyChannelBuilder builder = NettyChannelBuilder.forTarget("dns:///" + member, credentials)
                    .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                    .keepAliveTime(KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS)
                    .keepAliveTimeout(KEEP_ALIVE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            channels.add((serverName == null ? builder : builder.overrideAuthority(serverName)).build());
        }
        var cluster = new EtcdCluster(new Calls(channels, login, patience));
        try {
            cluster.calls.logIn();
            return cluster;
        } catch (EtcdException e) {
            cluster.close();
            throw e;
        }
    }

    /** Reads of one moment, which is that of the first. */
    public EtcdReader reader() {
        return new EtcdReader(calls);
    }

    public EtcdTransaction begin() {
        return new EtcdTransaction(calls);
    }

    @Override
    public void close() {
        calls.close();
    }
}
