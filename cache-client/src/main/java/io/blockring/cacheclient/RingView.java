package io.blockring.cacheclient;

import io.blockring.block.BlockKey;
import io.blockring.hashring.HashRing;
import io.blockring.hashring.RingNode;
import io.blockring.proto.asking.NodeEndpoint;
import io.blockring.proto.control.Addresses;
import io.blockring.proto.control.Id;
import io.blockring.proto.control.Ring;
import io.blockring.proto.control.Volume;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A ring and who is in it, as a node told us. Immutable.
 *
 * @param revision how many changes the group had agreed on
 * @param volumes all that the group knows, by their UUIDs
 */
record RingView(long revision, HashRing ring, Map<UUID, Member> members, Map<UUID, GroupVolume> volumes) {
    /** Before anything is known. */
    static final RingView NONE = new RingView(0, HashRing.of(0, List.of()), Map.of(), Map.of());

    /** A node of the ring. */
    record Member(String name, NodeEndpoint endpoint, String control) {}

    /** By what number the group knows a volume. */
    record GroupVolume(int volumeId, int incarnation) {
        /** Whether {@code key} names a block of the volume as it is now. */
        boolean has(BlockKey.Slice key) {
            return key.volumeId() == volumeId && key.incarnation() == incarnation;
        }
    }

    RingView {
        members = Map.copyOf(members);
        volumes = Map.copyOf(volumes);
    }

    /** What {@code message} says; the ring of {@code known} is used again when it is the same. */
    static RingView of(Ring message, RingView known) {
        List<RingNode> nodes = new ArrayList<>();
        Map<UUID, Member> members = new HashMap<>();
        for (var node : message.getNodesList()) {
            UUID id = id(node.getId());
            nodes.add(new RingNode(id, node.getWeight(), node.getZone()));
            Member member = member(id, node.getName(), node.getAddresses());
            if (member != null) {
                members.put(id, member);
            }
        }
        boolean same = known.ring.epoch() == message.getEpoch() && message.getEpoch() > 0;
        HashRing ring = same ? known.ring : HashRing.of(message.getEpoch(), nodes);
        return new RingView(message.getRevision(), ring, members, volumes(message));
    }

    private static Map<UUID, GroupVolume> volumes(Ring message) {
        Map<UUID, GroupVolume> volumes = new HashMap<>();
        for (Volume volume : message.getVolumesList()) {
            volumes.put(id(volume.getUuid()), new GroupVolume(volume.getVolumeId(), volume.getIncarnation()));
        }
        return volumes;
    }

    /** Null when it says no place where it can be asked. */
    private static @Nullable Member member(UUID id, String name, Addresses addresses) {
        int colon = addresses.getBlock().lastIndexOf(':');
        if (colon < 1) {
            return null;
        }
        try {
            int port = Integer.parseInt(addresses.getBlock().substring(colon + 1));
            String host = addresses.getBlock().substring(0, colon);
            var endpoint = new NodeEndpoint(id, host, port, addresses.getBlockSocket());
            return new Member(name.isEmpty() ? id.toString() : name, endpoint, addresses.getControl());
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static UUID id(Id id) {
        return new UUID(id.getHigh(), id.getLow());
    }
}
