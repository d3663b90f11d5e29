package io.blockring.cachenode;

import io.blockring.block.BlockKey;
import io.blockring.cachenode.NodeCounters.Count;
import io.blockring.group.GroupNode;
import io.blockring.hashring.HashRing;
import io.blockring.proto.asking.AskingSettings;
import io.blockring.proto.asking.BlockSink;
import io.blockring.proto.asking.ConnectionWatch;
import io.blockring.proto.asking.NodeConnections;
import io.blockring.proto.asking.NodeEndpoint;
import io.blockring.proto.blockprotocol.Answer;
import io.blockring.proto.blockprotocol.Ask;
import io.blockring.proto.blockprotocol.Extent;
import io.blockring.proto.blockprotocol.Hello;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets blocks from who owned them before the last change of the ring, for some time after it, so that a node that
 * joins does not fetch from the object store what the group has.
 *
 * <p>The earlier owner is asked not to fetch: so no request travels further than one step.
 */
final class EarlierOwners implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EarlierOwners.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** The newest ring, the one before it, and until when that one is worth asking. */
    private record Change(HashRing now, @Nullable HashRing before, long untilNanos) {}

    private final UUID self;
    private final String group;
    private final Duration worthAsking;
    private final NodeCounters counters;
    private final ConnectionWatch watch = new ConnectionWatch();
    private final Map<UUID, NodeConnections> nodes = new HashMap<>();
    private volatile Change change = new Change(GroupView.NONE.ring(), null, 0);

    EarlierOwners(UUID self, String group, Duration worthAsking, NodeCounters counters) {
        this.self = self;
        this.group = group;
        this.worthAsking = worthAsking;
        this.counters = counters;
    }

    /** Takes notice of the ring, which may have changed. */
    void observe(GroupView view) {
        if (view.ring().epoch() != change.now.epoch()) {
            observeChange(view.ring());
        }
    }

    private synchronized void observeChange(HashRing ring) {
        HashRing before = change.now;
        if (ring.epoch() > before.epoch()) {
            boolean worthIt = before.ranks() > 0;
            change = new Change(ring, worthIt ? before : null, System.nanoTime() + worthAsking.toNanos());
        }
    }

    /** Fills as much of the block as its earlier owner gives; nothing when there is none to ask. */
    void fetch(Flight flight, GroupView view) {
        observe(view);
        NodeConnections owner = ownerBefore(flight.key(), view);
        if (owner == null || !owner.isReachable()) {
            return;
        }
        var sink = new BlockSink() {
            @Override
            public MemorySegment room(int offset, int length) {
                return flight.buffer().asSlice(offset, length);
            }

            @Override
            public void arrived(int offset, int length, Extent extent) {
                flight.comesFrom(Answer.Source.PEER);
                flight.written(offset + length);
                counters.add(Count.PEER_BYTES, length);
            }
        };
        var request = new Ask.Request(
                Ask.Op.READ,
                Ask.NO_FILL | Ask.PEER,
                view.ring().epoch(),
                (int) PATIENCE.toMillis(),
                flight.key(),
                0,
                flight.key().plainBytes(),
                0,
                "");
        var answer = owner.ask(request, sink, System.nanoTime() + PATIENCE.toNanos());
        log.debug("the earlier owner of {} said {}", flight.key(), answer);
    }

    private @Nullable NodeConnections ownerBefore(BlockKey key, GroupView view) {
        Change last = change;
        if (last.before == null || System.nanoTime() - last.untilNanos > 0) {
            return null;
        }
        UUID owner = last.before.owner(key.hash().high());
        GroupNode node = view.nodes().get(owner);
        return owner.equals(self) || node == null ? null : connectionsTo(node);
    }

    private synchronized @Nullable NodeConnections connectionsTo(GroupNode node) {
        String address = node.declared().addresses().block();
        int colon = address.lastIndexOf(':');
        if (colon < 1) {
            return null;
        }
        var endpoint = new NodeEndpoint(
                node.id(),
                address.substring(0, colon),
                Integer.parseInt(address, colon + 1, address.length(), 10),
                node.declared().addresses().blockSocket());
        NodeConnections known = nodes.get(node.id());
        if (known == null || !known.endpoint().equals(endpoint)) {
            if (known != null) {
                known.close();
            }
            known = new NodeConnections(
                    endpoint,
                    new NodeConnections.Asker(group, Hello.Role.CACHE_NODE, self),
                    AskingSettings.DEFAULT,
                    watch);
            nodes.put(node.id(), known);
        }
        return known;
    }

    @Override
    public synchronized void close() {
        nodes.values().forEach(NodeConnections::close);
        watch.close();
    }
}
