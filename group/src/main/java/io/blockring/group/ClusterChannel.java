package io.blockring.group;

import io.blockring.group.CacheGroupSettings.Liveness;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.JChannel;
import org.jgroups.Message;
import org.jgroups.Receiver;
import org.jgroups.View;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.FD_SOCK2;
import org.jgroups.protocols.FRAG2;
import org.jgroups.protocols.MERGE3;
import org.jgroups.protocols.MFC;
import org.jgroups.protocols.TCP;
import org.jgroups.protocols.UFC;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.NAKACK2;
import org.jgroups.protocols.pbcast.STABLE;
import org.jgroups.stack.Protocol;
import org.jgroups.util.ExtendedUUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who of a group is alive, by JGroups; and hints that the log has grown. Nothing is agreed here.
 *
 * <pre>
 * hint:  byte 0x01, long number of the last record (big-endian)
 * </pre>
 *
 * <p>The address of a member carries the id of its node. A node that restarts is a new member with the same id.
 */
final class ClusterChannel implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterChannel.class);
    private static final Duration START_DEADLINE = Duration.ofSeconds(20);
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(10);
    private static final String NODE_ID = "node";
    private static final byte HINT = 1;
    private static final int HINT_BYTES = 1 + Long.BYTES;

    /** Ports behind the one of the transport where a neighbour's watch may listen, if others are taken. */
    private static final int WATCH_PORTS = 25;

    private static final Duration LONGEST_VERIFICATION = Duration.ofMillis(1_500);

    /** Where messages go; called by the threads of JGroups, so it must not block. */
    interface Listener {
        /** Tells who is alive: the nodes of a view, the coordinator first. */
        void viewChanged(List<UUID> alive);

        void logHasGrown(long number);
    }

    private final JChannel channel;
    private final SeedDiscovery discovery;
    private final Thread connecting;

    private ClusterChannel(JChannel channel, SeedDiscovery discovery, Thread connecting) {
        this.channel = channel;
        this.discovery = discovery;
        this.connecting = connecting;
    }

    /**
     * Listens, and goes on to look for the other members for as long as it takes.
     *
     * @param peers where other members may be; asked often, and may block for a while
     */
    static ClusterChannel open(CacheGroupSettings settings, Supplier<List<InetSocketAddress>> peers, Listener listener)
            throws IOException {
        SeedDiscovery discovery = new SeedDiscovery(peers);
        JChannel channel;
        try {
            channel = new JChannel(stack(settings, discovery));
        } catch (Exception e) {
            throw new IOException("JGroups cannot be started: " + e.getMessage(), e);
        }
        channel.setName(settings.nodeId().toString());
        channel.addAddressGenerator(() -> address(settings.nodeId()));
        channel.setReceiver(new Incoming(listener));
        Thread connecting = Thread.ofVirtual()
                .name("group-join")
                .start(() -> connect(channel, "blockring-" + settings.group(), discovery));
        ClusterChannel opened = new ClusterChannel(channel, discovery, connecting);
        try {
            opened.address();
            return opened;
        } catch (IOException e) {
            opened.close();
            throw e;
        }
    }

    private static List<Protocol> stack(CacheGroupSettings settings, SeedDiscovery discovery) throws Exception {
        Liveness times = settings.times();
        long silence = times.silence().toMillis();
        long merge = times.merge().toMillis();
        TCP transport = new TCP();
        transport.setBindAddress(settings.bindAddress());
        transport.setBindPort(settings.clusterPort());
        transport.setPortRange(0);
        transport.setDiagnosticsHandler(transport.createDiagnosticsHandler().setEnabled(false));
        return List.of(
                transport,
                discovery,
                new MERGE3().setMinInterval(merge / 2).setMaxInterval(merge + merge / 2),
                new FD_SOCK2().setBindAddress(settings.bindAddress()).setPortRange(WATCH_PORTS),
                new FD_ALL3().setTimeout(silence).setInterval(silence / 4),
                new VERIFY_SUSPECT2().setTimeout(Math.min(silence / 4, LONGEST_VERIFICATION.toMillis())),
                new NAKACK2(),
                new UNICAST3(),
                new STABLE(),
                new GMS()
                        .printLocalAddress(false)
                        .setJoinTimeout(times.join().toMillis())
                        .setMaxJoinAttempts(0), // never become a group of one because others are slow
                new UFC(),
                new MFC(),
                new FRAG2());
    }

    private static void connect(JChannel channel, String cluster, SeedDiscovery discovery) {
        try {
            channel.connect(cluster);
        } catch (Exception e) {
            if (!discovery.listening().completeExceptionally(e)) {
                LOG.error("The cluster {} cannot be joined", cluster, e);
            }
        }
    }

    private static ExtendedUUID address(UUID node) {
        return ExtendedUUID.randomUUID(node.toString())
                .put(NODE_ID, node.toString().getBytes(StandardCharsets.US_ASCII));
    }

    private static List<UUID> nodes(View view) {
        Set<UUID> nodes = new LinkedHashSet<>();
        for (Address member : view.getMembers()) {
            byte[] id = member instanceof ExtendedUUID extended ? extended.get(NODE_ID) : null;
            if (id != null) {
                nodes.add(UUID.fromString(new String(id, StandardCharsets.US_ASCII)));
            }
        }
        return new ArrayList<>(nodes);
    }

    /** Where this node listens for the others. */
    InetSocketAddress address() throws IOException {
        try {
            return discovery.listening().get(START_DEADLINE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException("JGroups cannot listen: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new IOException("JGroups did not start in " + START_DEADLINE.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while JGroups started", e);
        }
    }

    /** Tells the others that the log has grown; they may not hear it. */
    void announce(long number) {
        if (!channel.isConnected()) {
            return;
        }
        byte[] hint = ByteBuffer.allocate(HINT_BYTES).put(HINT).putLong(number).array();
        try {
            channel.send(new BytesMessage(null, hint)
                    .setFlag(Message.Flag.OOB)
                    .setFlag(Message.TransientFlag.DONT_LOOPBACK));
        } catch (Exception e) {
            LOG.info("A hint got lost; the others will poll: {}", e.toString());
        }
    }

    /** Leaves the cluster. A join that is under way may outlast the deadline; it holds no resource of ours. */
    @Override
    public void close() {
        connecting.interrupt();
        Thread closing = Thread.ofVirtual().name("group-leave").start(channel::close);
        try {
            if (!closing.join(CLOSE_DEADLINE)) {
                LOG.warn("JGroups did not stop in {} s", CLOSE_DEADLINE.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private record Incoming(Listener listener) implements Receiver {
        @Override
        public void receive(Message message) {
            byte[] bytes = message.getArray();
            if (bytes != null && message.getLength() == HINT_BYTES && bytes[message.getOffset()] == HINT) {
                listener.logHasGrown(ByteBuffer.wrap(bytes, message.getOffset() + 1, Long.BYTES)
                        .getLong());
            }
        }

        @Override
        public void viewAccepted(View view) {
            listener.viewChanged(nodes(view));
        }
    }
}
