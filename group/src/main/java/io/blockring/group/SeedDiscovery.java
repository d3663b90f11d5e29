package io.blockring.group;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.Event;
import org.jgroups.Message;
import org.jgroups.PhysicalAddress;
import org.jgroups.protocols.Discovery;
import org.jgroups.protocols.PingData;
import org.jgroups.protocols.PingHeader;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.ByteArray;
import org.jgroups.util.NameCache;
import org.jgroups.util.Responses;

/**
 * Finds the other members of a JGroups cluster: asks at all addresses that are known now who is there.
 *
 * <p>The addresses are looked up anew each time, as a node that restarts may listen elsewhere.
 */
final class SeedDiscovery extends Discovery {
    /** Ids of protocols from 512 on are free for use outside JGroups. */
    private static final short PROTOCOL_ID = 1041;

    private final Supplier<List<InetSocketAddress>> peers;
    private final CompletableFuture<InetSocketAddress> listening = new CompletableFuture<>();

    SeedDiscovery(Supplier<List<InetSocketAddress>> peers) {
        this.peers = peers;
        this.async_discovery = true; // the addresses may come from the network
        setId(PROTOCOL_ID);
    }

    /** Where this member listens, once it does. */
    CompletableFuture<InetSocketAddress> listening() {
        return listening;
    }

    @Override
    public boolean isDynamic() {
        return true;
    }

    /** Called when the transport has been started and before other members are looked for. */
    @Override
    public void handleConnect() {
        if (own() instanceof IpAddress address) {
            listening.complete(new InetSocketAddress(address.getIpAddress(), address.getPort()));
        } else {
            listening.completeExceptionally(new IllegalStateException("JGroups listens at no address: " + own()));
        }
    }

    private PhysicalAddress own() {
        return (PhysicalAddress) down(new Event(Event.GET_PHYSICAL_ADDRESS, local_addr));
    }

    @Override
    protected void findMembers(List<Address> members, boolean initialDiscovery, Responses responses) {
        PhysicalAddress own = own();
        ByteArray whoWeAre = marshal(new PingData(local_addr, false, NameCache.get(local_addr), own));
        PingHeader header = new PingHeader(PingHeader.GET_MBRS_REQ)
                .clusterName(cluster_name)
                .initialDiscovery(initialDiscovery);
        for (InetSocketAddress peer : peers.get()) {
            if (!peer.isUnresolved()) {
                ask(new IpAddress(peer.getAddress(), peer.getPort()), own, header, whoWeAre);
            }
        }
    }

    private void ask(IpAddress peer, PhysicalAddress own, PingHeader header, ByteArray whoWeAre) {
        if (!peer.equals(own)) {
            down_prot.down(new BytesMessage(peer)
                    .setArray(whoWeAre)
                    .setFlag(Message.Flag.DONT_BUNDLE, Message.Flag.OOB)
                    .setFlag(Message.TransientFlag.DONT_LOOPBACK)
                    .putHeader(id, header));
        }
    }
}
