package io.blockring.cachectl.cluster;

import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.ExitCode;
import io.blockring.proto.control.EvictReply;
import io.blockring.proto.control.EvictRequest;
import io.blockring.proto.control.FillProgress;
import io.blockring.proto.control.FillRequest;
import io.blockring.proto.control.GroupStatusReply;
import io.blockring.proto.control.GroupStatusRequest;
import io.blockring.proto.control.NodeControlGrpc;
import io.blockring.proto.control.NodeState;
import io.blockring.proto.control.NodeStatus;
import io.blockring.proto.control.PresentReply;
import io.blockring.proto.control.PresentRequest;
import io.blockring.proto.control.Ring;
import io.blockring.proto.control.RingRequest;
import io.blockring.proto.control.StatusRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Connections to the control services of nodes, made when they are first asked. */
public final class NodeConnections implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final Duration FILL_LIMIT = Duration.ofHours(24);

    private final Map<String, Node> nodes = new LinkedHashMap<>();

    private NodeConnections() {}

    /** Connections to these {@code host:port}s, in their order. */
    public static NodeConnections of(List<String> addresses) {
        var connections = new NodeConnections();
        addresses.forEach(connections::node);
        return connections;
    }

    /** The node at {@code host:port}. */
    public Node node(String address) {
        return nodes.computeIfAbsent(address, Node::new);
    }

    /** What the first node that answers says. */
    public <T> T firstAnswer(Function<Node, T> question) {
        List<String> failures = new ArrayList<>();
        for (Node node : nodes.values()) {
            try {
                return question.apply(node);
            } catch (StatusRuntimeException e) {
                failures.add(
                        node.address + ": " + e.getStatus().getCode().name().toLowerCase(Locale.ROOT));
            }
        }
        throw new CommandFailure(
                ExitCode.UNREACHABLE,
                "GROUP_UNREACHABLE",
                "no node of the group answers",
                failures.isEmpty() ? "no address of a node was given" : String.join(", ", failures),
                "cachectl node ls --seeds HOST:PORT   with the address of a node that runs");
    }

    /** As scripts know it: {@code up}, {@code down-grace}, ... */
    public static String stateName(NodeState state) {
        return state.name().replace("NODE_STATE_", "").toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public void close() {
        nodes.values().forEach(node -> node.channel.shutdownNow());
    }

    /** One node. Every question fails with StatusRuntimeException when it is not answered in time. */
    public static final class Node {
        private final String address;
        private final ManagedChannel channel;
        private final NodeControlGrpc.NodeControlBlockingStub stub;

        private Node(String address) {
            this.address = address;
            channel = NettyChannelBuilder.forTarget("dns:///" + address)
                    .usePlaintext()
                    .maxInboundMessageSize(64 << 20)
                    .build();
            stub = NodeControlGrpc.newBlockingStub(channel);
        }

        public String address() {
            return address;
        }

        public GroupStatusReply groupStatus() {
            return limited(LIMIT).groupStatus(GroupStatusRequest.getDefaultInstance());
        }

        public Ring ring(String group) {
            return limited(LIMIT)
                    .getRing(RingRequest.newBuilder().setGroup(group).build());
        }

        public NodeStatus status() {
            return limited(LIMIT).status(StatusRequest.getDefaultInstance());
        }

        public EvictReply evict(EvictRequest what) {
            return limited(Duration.ofMinutes(2)).evict(what);
        }

        public PresentReply present(PresentRequest which) {
            return limited(LIMIT).present(which);
        }

        /** The progress of a batch, until its last message. */
        public Iterator<FillProgress> fill(FillRequest batch) {
            return limited(FILL_LIMIT).fill(batch);
        }

        private NodeControlGrpc.NodeControlBlockingStub limited(Duration limit) {
            return stub.withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
