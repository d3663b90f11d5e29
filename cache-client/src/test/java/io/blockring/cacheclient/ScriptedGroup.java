package io.blockring.cacheclient;

import io.blockring.block.BlockKey;
import io.blockring.hashring.HashRing;
import io.blockring.hashring.RingNode;
import io.blockring.proto.control.Addresses;
import io.blockring.proto.control.Id;
import io.blockring.proto.control.NodeControlGrpc;
import io.blockring.proto.control.Ring;
import io.blockring.proto.control.RingRequest;
import io.blockring.proto.control.Volume;
import io.blockring.proto.testing.ScriptedNode;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A control service that tells of a ring of scripted nodes, named by their places in the list. */
final class ScriptedGroup extends NodeControlGrpc.NodeControlImplBase implements AutoCloseable {
    static final UUID VOLUME = new UUID(1, 2);
    static final int VOLUME_ID = 5;

    final AtomicInteger ringsAsked = new AtomicInteger();
    private final Server server;
    private volatile Ring ring = Ring.getDefaultInstance();
    private volatile HashRing hashRing = HashRing.of(0, List.of());

    ScriptedGroup() throws IOException {
        this(0);
    }

    ScriptedGroup(int port) throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .addService(this)
                .build()
                .start();
    }

    String seed() {
        return "127.0.0.1:" + server.getPort();
    }

    GroupAddress address() {
        return new GroupAddress("train", List.of(seed()), VOLUME);
    }

    void agree(long epoch, List<ScriptedNode> nodes) {
        agree(epoch, nodes, VOLUME);
    }

    void agree(long epoch, List<ScriptedNode> nodes, UUID volume) {
        hashRing = HashRing.of(
                epoch,
                nodes.stream().map(node -> new RingNode(node.id, 100, "")).toList());
        Ring.Builder message =
                Ring.newBuilder().setGroup("train").setEpoch(epoch).setRevision(epoch);
        int number = 0;
        for (ScriptedNode node : nodes) {
            message.addNodes(io.blockring.proto.control.RingNode.newBuilder()
                    .setId(id(node.id))
                    .setName("n" + number++)
                    .setWeight(100)
                    .setAddresses(Addresses.newBuilder().setBlock("127.0.0.1:" + node.port())));
        }
        message.addVolumes(
                Volume.newBuilder().setVolumeId(VOLUME_ID).setIncarnation(1).setUuid(id(volume)));
        ring = message.build();
    }

    /** The place of the node with that rank for a block, among those given to {@link #agree}. */
    int place(List<ScriptedNode> nodes, BlockKey key, int rank) {
        UUID id = hashRing.candidate(key.hash().high(), rank);
        for (int place = 0; place < nodes.size(); place++) {
            if (nodes.get(place).id.equals(id)) {
                return place;
            }
        }
        throw new AssertionError("no node " + id);
    }

    @Override
    public void getRing(RingRequest request, StreamObserver<Ring> reply) {
        ringsAsked.incrementAndGet();
        reply.onNext(ring);
        reply.onCompleted();
    }

    private static Id id(UUID id) {
        return Id.newBuilder()
                .setHigh(id.getMostSignificantBits())
                .setLow(id.getLeastSignificantBits())
                .build();
    }

    @Override
    public void close() {
        server.shutdownNow();
        try {
            if (!server.awaitTermination(5, TimeUnit.SECONDS)) {
                throw new AssertionError("the control service does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
