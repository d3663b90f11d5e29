package io.blockring.cachenode;

import io.blockring.block.BlockKey;
import io.blockring.group.GroupNode;
import io.blockring.group.GroupVolume;
import io.blockring.group.NodeAddresses;
import io.blockring.hashring.RingNode;
import io.blockring.proto.control.Addresses;
import io.blockring.proto.control.GroupMember;
import io.blockring.proto.control.GroupStatusReply;
import io.blockring.proto.control.Id;
import io.blockring.proto.control.NodeState;
import io.blockring.proto.control.Ring;
import io.blockring.proto.control.Volume;
import java.util.Comparator;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The values of a group as messages of the control service. */
final class ControlMessages {
    private ControlMessages() {}

    static Id id(UUID id) {
        return Id.newBuilder()
                .setHigh(id.getMostSignificantBits())
                .setLow(id.getLeastSignificantBits())
                .build();
    }

    static Addresses addresses(NodeAddresses addresses) {
        return Addresses.newBuilder()
                .setControl(addresses.control())
                .setBlock(addresses.block())
                .setBlockSocket(addresses.blockSocket())
                .setCluster(addresses.cluster())
                .setHttp(addresses.http())
                .build();
    }

    static NodeState stateOf(GroupView view, UUID node) {
        GroupNode known = view.nodes().get(node);
        return known == null ? NodeState.NODE_STATE_JOINING : state(known.state());
    }

    private static NodeState state(io.blockring.group.NodeState state) {
        return switch (state) {
            case JOINING -> NodeState.NODE_STATE_JOINING;
            case UP -> NodeState.NODE_STATE_UP;
            case DRAINING -> NodeState.NODE_STATE_DRAINING;
            case DOWN_GRACE -> NodeState.NODE_STATE_DOWN_GRACE;
            case OUT -> NodeState.NODE_STATE_OUT;
        };
    }

    /** The ring and the volumes; neither when the asker has them. */
    static Ring ring(String group, GroupView view, long knownEpoch, long knownRevision) {
        Ring.Builder ring =
                Ring.newBuilder().setGroup(group).setEpoch(view.ring().epoch()).setRevision(view.revision());
        if (knownEpoch == view.ring().epoch() && knownRevision == view.revision()) {
            return ring.setUnchanged(true).build();
        }
        for (RingNode node : view.ring().nodes()) {
            ring.addNodes(ringNode(node, view.nodes().get(node.id())));
        }
        addVolumes(view, ring::addVolumes);
        return ring.build();
    }

    private static io.blockring.proto.control.RingNode ringNode(RingNode node, @Nullable GroupNode known) {
        var message = io.blockring.proto.control.RingNode.newBuilder()
                .setId(id(node.id()))
                .setWeight(node.weight())
                .setZone(node.zone());
        if (known != null) {
            message.setName(known.name())
                    .setAddresses(addresses(known.declared().addresses()))
                    .setState(state(known.state()));
        }
        return message.build();
    }

    private static void addVolumes(GroupView view, Consumer<Volume> to) {
        view.volumes().values().stream()
                .filter(volume -> volume.state() == GroupVolume.State.ACTIVE)
                .sorted(Comparator.comparingInt(GroupVolume::volumeId))
                .forEach(volume -> to.accept(Volume.newBuilder()
                        .setVolumeId(volume.volumeId())
                        .setUuid(id(volume.declared().uuid()))
                        .setIncarnation(volume.incarnation())
                        .setName(volume.declared().layout().volumeName())
                        .setKeptAsStored(volume.declared().layout().form() == BlockKey.Form.STORED)
                        .build()));
    }

    /** All that are declared, each with whether it is seen now. */
    static GroupStatusReply groupStatus(NodeIdentity identity, GroupWatch group) {
        GroupView view = group.view();
        GroupStatusReply.Builder status = GroupStatusReply.newBuilder()
                .setGroup(identity.group())
                .setEpoch(view.ring().epoch())
                .setRevision(view.revision())
                .setNodeId(id(identity.id()));
        view.nodes().values().stream()
                .sorted(Comparator.comparing(GroupNode::name))
                .forEach(node -> status.addMembers(GroupMember.newBuilder()
                        .setNode(ringNode(
                                new RingNode(
                                        node.id(),
                                        node.declared().weight(),
                                        node.declared().zone()),
                                node))
                        .setAlive(node.id().equals(identity.id()) || group.isAlive(node.id()))));
        addVolumes(view, status::addVolumes);
        return status.build();
    }
}
