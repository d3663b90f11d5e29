package io.blockring.cachenode;

import io.blockring.blockstore.BlockStore;
import io.blockring.blockstore.BlockStoreUsage;
import io.blockring.group.CacheGroup;
import io.blockring.group.NodeAddresses;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A cache node: blocks over the block protocol, and the control service, until it is closed.
 *
 * <p>It listens as soon as it is open, as its ports have to be known before it can be declared to its group; until
 * {@link #join} it serves what it has and fetches nothing. A node that is cut off from its group keeps the last ring
 * it knew and goes on.
 */
public final class CacheNode implements AutoCloseable {
    private static final int CLOSE_SECONDS = 5;

    private final CacheNodeSettings settings;
    private final BlockStore store;
    private final NodeCounters counters = new NodeCounters();
    private final VolumeStores volumes;
    private final EarlierOwners earlierOwners;
    private final Fills fills;
    private final BlockServer blockServer;
    private final Server controlServer;
    private volatile NodeIdentity identity;
    private volatile GroupWatch group = GroupWatch.NONE;

    private CacheNode(CacheNodeSettings settings, BlockStore store, StoreOpener opener) throws IOException {
        this.settings = settings;
        this.store = store;
        CacheNodeSettings.Limits limits = settings.limits();
        identity = new NodeIdentity(
                NodeIdentity.idOf(settings.directory()),
                settings.group(),
                settings.name(),
                NodeAddresses.NONE,
                String.valueOf(CacheNode.class.getPackage().getImplementationVersion()));
        volumes = new VolumeStores(opener);
        earlierOwners = new EarlierOwners(identity.id(), settings.group(), limits.earlierOwner(), counters);
        fills = new Fills(store, volumes, earlierOwners, this::view, counters, limits);
        var desk = new BlockDesk(identity.id(), store, fills, this::view, e -> group.heardOfEpoch(e), counters);
        blockServer = new BlockServer(settings, identity.id(), desk);
        controlServer = startControl(settings, limits);
        blockServer.start();
        String host = settings.listen().host();
        identity = identity.at(new NodeAddresses(
                host + ":" + controlServer.getPort(),
                host + ":" + blockServer.port(),
                settings.listen().blockSocket(),
                "",
                ""));
        NodeFile.write(settings.directory(), identity);
    }

    /**
     * Starts the listeners of a node over {@code store}, which stays the caller's to close after the node.
     *
     * @throws IOException a port is taken, or the directory cannot be written
     */
    public static CacheNode open(CacheNodeSettings settings, BlockStore store, StoreOpener opener) throws IOException {
        return new CacheNode(settings, store, opener);
    }

    private Server startControl(CacheNodeSettings settings, CacheNodeSettings.Limits limits) throws IOException {
        int fetchesAtOnce = Math.max(1, limits.fills() / 2);
        var batchFill = new BatchFill(store, fills, this::view, identity.id(), fetchesAtOnce);
        var service = new NodeControlService(
                () -> identity, () -> group, this::counters, store, volumes, batchFill, fetchesAtOnce);
        var address = new InetSocketAddress(
                settings.listen().host(), settings.listen().controlPort());
        try {
            return NettyServerBuilder.forAddress(address)
                    .executor(Executors.newVirtualThreadPerTaskExecutor())
                    .addService(service)
                    .build()
                    .start();
        } catch (IOException e) {
            blockServer.close();
            throw new IOException("the control service cannot listen on " + address + ": " + e.getMessage(), e);
        }
    }

    /** Who the node is, for good: the id in its directory. */
    public UUID id() {
        return identity.id();
    }

    /** Where it listens, for its declaration to the group. */
    public NodeAddresses addresses() {
        return identity.addresses();
    }

    /** From now on HELLO and {@code node.json} name these listeners too. */
    public void announce(String cluster, String http) throws IOException {
        NodeAddresses known = identity.addresses();
        identity = identity.at(new NodeAddresses(known.control(), known.block(), known.blockSocket(), cluster, http));
        NodeFile.write(settings.directory(), identity);
    }

    /** From now on the node does its part in that group, by whatever is agreed there. */
    public void join(CacheGroup cacheGroup) {
        var agreed = new AgreedGroup(cacheGroup);
        join(agreed);
        agreed.follow(this::groupChanged);
    }

    /** From now on the node does its part in a group as {@code newGroup} shows it. */
    void join(GroupWatch newGroup) {
        group = newGroup;
        groupChanged();
    }

    /** The group may have another ring: the sooner the node knows, the more it can get from earlier owners. */
    void groupChanged() {
        earlierOwners.observe(view());
    }

    /** What the node has done since it started, by name. */
    public Map<String, Long> counters() {
        var all = new TreeMap<>(counters.all());
        BlockStoreUsage usage = store.usage();
        all.put("corrupt_blocks", usage.corrupt());
        all.put("disk_errors", usage.diskErrors());
        all.put("scrubbed_bytes", usage.scrub().bytes());
        all.put("scrub_rounds", usage.scrub().rounds());
        all.put("torn_blocks", usage.torn());
        all.put("evicted_blocks", usage.memory().evictedBlocks() + usage.disk().evictedBlocks());
        all.put("fill_bytes_in_flight", fills.bytesInFlight());
        all.put("requests_waiting", (long) blockServer.threads().waiting());
        all.put("connections_open", (long) blockServer.connectionCount());
        return all;
    }

    private GroupView view() {
        return group.view();
    }

    @Override
    public void close() {
        controlServer.shutdown();
        blockServer.close();
        fills.close();
        earlierOwners.close();
        volumes.close();
        try {
            if (!controlServer.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                controlServer.shutdownNow();
            }
        } catch (InterruptedException e) {
            controlServer.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
