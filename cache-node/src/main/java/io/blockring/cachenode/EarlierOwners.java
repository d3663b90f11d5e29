package io.blockring.cachenode;

import io.blockring.block.BlockKey;
import io.blockring.blockstore.CacheFullException;
import io.blockring.cachenode.NodeCounters.Count;
import io.blockring.group.GroupNode;
import io.blockring.hashring.HashRing;
import io.blockring.objectstore.codec.BlockCodec;
import io.blockring.proto.asking.AskingSettings;
import io.blockring.proto.asking.BlockSink;
import io.blockring.proto.asking.ConnectionWatch;
import io.blockring.proto.asking.NodeAnswer;
import io.blockring.proto.asking.NodeConnections;
import io.blockring.proto.asking.NodeEndpoint;
import io.blockring.proto.blockprotocol.Answer;
import io.blockring.proto.blockprotocol.Ask;
import io.blockring.proto.blockprotocol.BlockProtocol;
import io.blockring.proto.blockprotocol.Extent;
import io.blockring.proto.blockprotocol.Hello;
import java.lang.foreign.Arena;
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
    void fetch(Flight flight, GroupView view, StoreFetch.Rooms rooms) throws CacheFullException {
        observe(view);
        NodeConnections owner = ownerBefore(flight.key(), view);
        if (owner == null || !owner.isReachable()) {
            return;
        }
        if (flight.key().form() == BlockKey.Form.PLAIN) {
            fetchPlain(flight, owner, view);
        } else {
            fetchAsStored(flight, owner, view, rooms);
        }
    }

    private void fetchPlain(Flight flight, NodeConnections owner, GroupView view) {
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
        ask(owner, view, flight.key(), flight.key().plainBytes(), sink);
    }

    /** How long the block is, its last byte says: until then it has no room of its own. */
    private void fetchAsStored(Flight flight, NodeConnections owner, GroupView view, StoreFetch.Rooms rooms)
            throws CacheFullException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment held = arena.allocate(BlockProtocol.maxBytes(flight.key()));
            int[] arrivedTo = {0};
            var sink = new BlockSink() {
                @Override
                public MemorySegment room(int offset, int length) {
                    return held.asSlice(offset, length);
                }

                @Override
                public void arrived(int offset, int length, Extent extent) {
                    arrivedTo[0] = offset + length;
                }
            };
            NodeAnswer answer = ask(owner, view, flight.key(), 0, sink);
            int bytes = arrivedTo[0];
            boolean whole = answer instanceof NodeAnswer.Ended ended
                    && ended.end().status() == Answer.Status.OK
                    && !ended.isBad()
                    && bytes > 0
                    && bytes <= BlockCodec.maxHeldBytes(flight.key());
            if (whole) {
                flight.settleIn(rooms.forBlock(flight.key(), bytes));
                flight.buffer().copyFrom(held.asSlice(0, bytes));
                flight.comesFrom(Answer.Source.PEER);
                flight.written(bytes);
                counters.add(Count.PEER_BYTES, bytes);
            }
        }
    }

    private NodeAnswer ask(NodeConnections owner, GroupView view, BlockKey key, int length, BlockSink sink) {
        var request = new Ask.Request(
                Ask.Op.READ,
                Ask.NO_FILL | Ask.PEER,
                view.ring().epoch(),
                (int) PATIENCE.toMillis(),
                key,
                0,
                length,
                0,
                "");
        NodeAnswer answer = owner.ask(request, sink, System.nanoTime() + PATIENCE.toNanos());
        log.debug("the earlier owner of {} said {}", key, answer);
        return answer;
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
