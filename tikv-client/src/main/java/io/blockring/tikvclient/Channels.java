package io.blockring.tikvclient;

import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** One connection to each server of a cluster, made when it is first asked. */
final class Channels implements AutoCloseable {
    /** A batch of scanned or prewritten keys with their values, and room: TiKV's own limit of a message is larger. */
    private static final int MAX_MESSAGE_BYTES = 64 << 20;

    private static final Duration KEEP_ALIVE = Duration.ofSeconds(10);
    private static final Duration KEEP_ALIVE_PATIENCE = Duration.ofSeconds(3);

    private final ChannelCredentials credentials;
    private final Map<String, ManagedChannel> open = new ConcurrentHashMap<>();
    private volatile boolean closed;

    Channels(ChannelCredentials credentials) {
        this.credentials = credentials;
    }

    /** The connection to {@code address}, a host and a port. */
    ManagedChannel to(String address) throws TikvException {
        if (closed) {
            throw new TikvException("the cluster was closed");
        }
        return open.computeIfAbsent(
                address,
                target -> NettyChannelBuilder.forTarget(target, credentials)
                        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                        .keepAliveTime(KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS)
                        .keepAliveTimeout(KEEP_ALIVE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                        .build());
    }

    @Override
    public void close() {
        closed = true;
        open.values().forEach(ManagedChannel::shutdownNow);
    }
}
