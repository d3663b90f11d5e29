package io.blockring.mount;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Executors;

/** gRPC over a Unix socket, as both ends of a mount's control socket speak it. */
final class ControlChannel {
    private ControlChannel() {}

    /** Serves {@code services} on {@code socket}, which only this user may open. */
    static Server serve(List<? extends BindableService> services, Path socket) throws IOException {
        Files.deleteIfExists(socket);
        NettyServerBuilder builder = NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                .channelType(NioServerDomainSocketChannel.class)
                .bossEventLoopGroup(eventLoop("mount-control-accept"))
                .workerEventLoopGroup(eventLoop("mount-control"))
                .executor(Executors.newVirtualThreadPerTaskExecutor());
        services.forEach(builder::addService);
        Server server = builder.build().start();
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        return server;
    }

    static ManagedChannel connect(Path socket) {
        return NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                .eventLoopGroup(eventLoop("mount-control-client"))
                .overrideAuthority("localhost")
                .usePlaintext()
                .build();
    }

    private static EventLoopGroup eventLoop(String name) {
        return new MultiThreadIoEventLoopGroup(
                1, Thread.ofPlatform().daemon().name(name).factory(), NioIoHandler.newFactory());
    }
}
