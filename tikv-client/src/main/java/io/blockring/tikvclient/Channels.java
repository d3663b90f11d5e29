package io.blockring.tikvclient;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One connection to each server of a cluster, made when it is first asked. */
final class Channels implements AutoCloseable, ClientInterceptor {
    /** A batch of scanned or prewritten keys with their values, and room: TiKV's own limit of a message is larger. */
    private static final int MAX_MESSAGE_BYTES = 64 << 20;

    private static final Duration KEEP_ALIVE = Duration.ofSeconds(10);
    private static final Duration KEEP_ALIVE_PATIENCE = Duration.ofSeconds(3);

    private final ChannelCredentials credentials;
    private final Consumer<String> watch;
    private final Map<String, ManagedChannel> open = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** @param watch is told the name of each call before it is sent, by the thread that sends it */
    Channels(ChannelCredentials credentials, Consumer<String> watch) {
        this.credentials = credentials;
        this.watch = watch;
    }

    /** Tells whoever watches of a call that goes by a stream. */
    void asked(String call) {
        watch.accept(call);
    }

    @Override
    public <A, B> ClientCall<A, B> interceptCall(MethodDescriptor<A, B> method, CallOptions options, Channel next) {
        if (method.getType() == MethodDescriptor.MethodType.UNARY) {
            watch.accept(String.valueOf(method.getBareMethodName()));
        }
        return next.newCall(method, options);
    }

    /** The connection to {@code address}, a host and a port. */
    ManagedChannel to(String address) throws TikvException {
        if (closed) {
            throw new TikvException("the cluster was closed");
        }
        return open.computeIfAbsent(
                address,
                target -> NettyChannelBuilder.forTarget(target, credentials)
                        .intercept(this)
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
