package io.blockring.cacheclient;

import io.blockring.proto.asking.AskingSettings;
import io.blockring.proto.asking.ConnectionWatch;
import io.blockring.proto.asking.NodeConnections;
import io.blockring.proto.asking.NodeEndpoint;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The connections to every node of the ring. */
final class NodePool implements AutoCloseable {
    private final NodeConnections.Asker asker;
    private final AskingSettings settings;
    private final ConnectionWatch watch = new ConnectionWatch();
    private final Map<UUID, NodeConnections> nodes = new ConcurrentHashMap<>();
    private volatile boolean closed;

    NodePool(NodeConnections.Asker asker, AskingSettings settings) {
        this.asker = asker;
        this.settings = settings;
    }

    /** The connections to that node, or null when {@code view} does not say where it is. */
    @Nullable
    NodeConnections to(UUID node, RingView view) {
        RingView.Member member = view.members().get(node);
        if (member == null || closed) {
            return null;
        }
        NodeEndpoint endpoint = member.endpoint();
        NodeConnections known = nodes.get(node);
        return known != null && known.endpoint().equals(endpoint) ? known : connect(endpoint);
    }

    private synchronized NodeConnections connect(NodeEndpoint endpoint) {
        NodeConnections known = nodes.get(endpoint.nodeId());
        if (known == null || !known.endpoint().equals(endpoint)) {
            if (known != null) {
                known.close();
            }
            known = new NodeConnections(endpoint, asker, settings, watch);
            nodes.put(endpoint.nodeId(), known);
        }
        return known;
    }

    /** Closes the connections to nodes that are not in the ring any more. */
    synchronized void keepOnly(RingView view) {
        nodes.values().removeIf(connections -> {
            boolean gone = !view.members().containsKey(connections.endpoint().nodeId());
            if (gone) {
                connections.close();
            }
            return gone;
        });
    }

    /** Whether any node of the ring can be asked. */
    boolean anyReachable(RingView view) {
        return view.members().keySet().stream().anyMatch(node -> {
            NodeConnections known = nodes.get(node);
            return known == null || known.isReachable();
        });
    }

    @Override
    public synchronized void close() {
        closed = true;
        nodes.values().forEach(NodeConnections::close);
        watch.close();
    }
}
