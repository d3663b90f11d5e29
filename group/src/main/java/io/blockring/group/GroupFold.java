package io.blockring.group;

import io.blockring.group.Change.EpochPublished;
import io.blockring.group.Change.GroupCreated;
import io.blockring.group.Change.NodeDeclared;
import io.blockring.group.Change.NodesTurned;
import io.blockring.group.Change.SettingsChanged;
import io.blockring.group.Change.Unknown;
import io.blockring.group.Change.VolumeAdded;
import io.blockring.group.Change.VolumeMoved;
import io.blockring.group.Change.VolumeRemoved;
import io.blockring.group.Change.VolumeRestored;
import io.blockring.group.GroupLogException.Kind;
import io.blockring.group.GroupVolume.State;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * Makes the next state out of a state and a record; the same for everyone, for good.
 *
 * <p>A record that no more fits when its turn comes (an epoch that follows another than the current one, a state that a
 * node cannot turn to) changes nothing. A record that cannot be read stops the fold with an error.
 */
final class GroupFold {
    private GroupFold() {}

    /** @param stored the bytes of {@code record} */
    static GroupState next(GroupState state, LogRecord record, byte[] stored) throws GroupLogException {
        if (record.number() != state.number() + 1 || !record.previous().equals(state.hash())) {
            throw new GroupLogException(
                    Kind.BROKEN,
                    "record " + record.number() + " of the group log does not follow the record " + state.number()
                            + " that was read here: one of them was changed or forged");
        }
        Change change = RecordCodec.change(record);
        checkFirst(record, change);
        Parts parts = new Parts(state, record.number());
        apply(parts, change);
        return parts.toState(RecordCodec.hash(stored));
    }

    private static void checkFirst(LogRecord record, Change change) throws GroupLogException {
        if (record.number() == 1 && !(change instanceof GroupCreated)) {
            throw new GroupLogException(Kind.BROKEN, "record 1 of the group log does not create a group");
        }
    }

    private static void apply(Parts parts, Change change) {
        switch (change) {
            case GroupCreated created -> create(parts, created);
            case SettingsChanged changed -> parts.settings = changed.settings();
            case NodeDeclared declared -> declare(parts, declared.node());
            case NodesTurned turned ->
                turned.nodes().forEach(id -> parts.replaceNode(id, node -> parts.turn(node, turned.state())));
            case EpochPublished published -> publish(parts, published);
            case VolumeAdded added -> add(parts, added.volume());
            case VolumeMoved moved ->
                parts.replaceVolume(moved.volumeId(), volume -> move(volume, moved.storage(), moved.credential()));
            case VolumeRestored restored ->
                parts.replaceVolume(restored.volumeId(), volume -> restore(volume, restored.incarnation()));
            case VolumeRemoved removed ->
                parts.replaceVolume(removed.volumeId(), volume -> withState(volume, State.REMOVED));
            case Unknown _ -> parts.unknownRecords++;
        }
    }

    private static void create(Parts parts, GroupCreated created) {
        if (parts.name.isEmpty()) {
            parts.groupId = created.groupId();
            parts.name = created.name();
            parts.settings = created.settings();
        }
    }

    private static void declare(Parts parts, NodeDeclaration node) {
        for (GroupNode other : List.copyOf(parts.nodes.values())) {
            if (other.name().equals(node.name()) && !other.id().equals(node.id())) {
                parts.replaceNode(other.id(), replaced -> parts.turn(replaced, NodeState.OUT));
            }
        }
        boolean inRing =
                parts.epoch.members().stream().anyMatch(member -> member.id().equals(node.id()));
        NodeState state = inRing ? NodeState.UP : NodeState.JOINING;
        parts.nodes.put(node.id(), new GroupNode(node, state, parts.number, false));
    }

    private static void publish(Parts parts, EpochPublished published) {
        if (published.previous() != parts.epoch.number()) {
            return;
        }
        parts.epoch = new Epoch(published.epoch(), published.members());
        for (NodeDeclaration member : published.members()) {
            parts.replaceNode(member.id(), parts::comeUp);
        }
        if (!published.lost().isEmpty()) {
            parts.lossEpoch = published.epoch();
            published.lost().forEach(id -> parts.replaceNode(id, parts::lose));
        }
    }

    /** The same UUID has the same number for good; with another storage it is another volume, which is not added. */
    private static void add(Parts parts, VolumeDeclaration volume) {
        Optional<GroupVolume> known = parts.volumes.values().stream()
                .filter(other -> other.declared().uuid().equals(volume.uuid()))
                .findFirst();
        if (known.isEmpty()) {
            int volumeId = parts.volumes.size() + 1;
            parts.volumes.put(volumeId, new GroupVolume(volumeId, 1, volume, State.ACTIVE));
        } else if (known.get().declared().storage().equals(volume.storage())) {
            GroupVolume old = known.get();
            parts.volumes.put(old.volumeId(), new GroupVolume(old.volumeId(), old.incarnation(), volume, State.ACTIVE));
        }
    }

    private static GroupVolume move(GroupVolume volume, VolumeStorage storage, String credential) {
        VolumeDeclaration old = volume.declared();
        return new GroupVolume(
                volume.volumeId(),
                volume.incarnation(),
                new VolumeDeclaration(old.uuid(), storage, old.layout(), old.blockBytes(), credential),
                volume.state());
    }

    private static GroupVolume restore(GroupVolume volume, int incarnation) {
        return incarnation == volume.incarnation() + 1
                ? new GroupVolume(volume.volumeId(), incarnation, volume.declared(), volume.state())
                : volume;
    }

    private static GroupVolume withState(GroupVolume volume, State state) {
        return new GroupVolume(volume.volumeId(), volume.incarnation(), volume.declared(), state);
    }

    /** A state under way to the next one. */
    private static final class Parts {
        private UUID groupId;
        private String name;
        private GroupSettings settings;
        private final long number;
        private final Map<UUID, GroupNode> nodes;
        private final Map<Integer, GroupVolume> volumes;
        private Epoch epoch;
        private long lossEpoch;
        private long unknownRecords;

        Parts(GroupState state, long number) {
            this.number = number;
            groupId = state.groupId();
            name = state.name();
            settings = state.settings();
            nodes = new HashMap<>(state.nodes());
            volumes = new HashMap<>(state.volumes());
            epoch = state.epoch();
            lossEpoch = state.lossEpoch();
            unknownRecords = state.unknownRecords();
        }

        void replaceNode(UUID id, UnaryOperator<GroupNode> change) {
            nodes.computeIfPresent(id, (_, node) -> change.apply(node));
        }

        void replaceVolume(int volumeId, UnaryOperator<GroupVolume> change) {
            volumes.computeIfPresent(volumeId, (_, volume) -> change.apply(volume));
        }

        GroupNode turn(GroupNode node, NodeState state) {
            return node.state().mayBecome(state) ? node.turned(state, number) : node;
        }

        GroupNode comeUp(GroupNode node) {
            return node.state() == NodeState.JOINING ? node.turned(NodeState.UP, number) : node;
        }

        GroupNode lose(GroupNode node) {
            return new GroupNode(node.declared(), NodeState.OUT, number, true);
        }

        GroupState toState(String hash) {
            return new GroupState(
                    number, hash, groupId, name, settings, nodes, volumes, epoch, lossEpoch, unknownRecords);
        }
    }
}
