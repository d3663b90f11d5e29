package io.blockring.group;

import io.blockring.group.Change.EpochPublished;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which epoch should follow a state: that of all nodes that belong into the ring, as they are declared now. */
final class NextEpoch {
    private NextEpoch() {}

    /** The epoch that joins, drains and changes of weight or address ask for; null when the current one has them all. */
    static @Nullable EpochPublished wanted(GroupState state, long wallMillis) {
        return without(List.of(), state, wallMillis);
    }

    /** The same, with these nodes put out. */
    static @Nullable EpochPublished without(List<UUID> lost, GroupState state, long wallMillis) {
        List<NodeDeclaration> members = state.nodes().values().stream()
                .filter(node -> node.state().inRing() && !lost.contains(node.id()))
                .map(GroupNode::declared)
                .sorted(Comparator.comparing(NodeDeclaration::id))
                .toList();
        Set<NodeDeclaration> current = new HashSet<>(state.epoch().members());
        if (lost.isEmpty() && current.equals(new HashSet<>(members))) {
            return null;
        }
        long number = state.epoch().number();
        return new EpochPublished(number + 1, number, members, lost, wallMillis);
    }
}
