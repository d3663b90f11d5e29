package io.blockring.cachenode;

import io.blockring.group.GroupNode;
import io.blockring.group.GroupState;
import io.blockring.group.GroupVolume;
import io.blockring.hashring.HashRing;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a group has agreed, as far as a node needs it. Immutable.
 *
 * @param revision grows with every change
 * @param nodes all that are declared, by id
 * @param volumes all that were ever registered, by their numbers
 */
record GroupView(
        String group, long revision, HashRing ring, Map<UUID, GroupNode> nodes, Map<Integer, GroupVolume> volumes) {
    /** Before the node knows anything of its group. */
    static final GroupView NONE = new GroupView("", 0, HashRing.of(0, List.of()), Map.of(), Map.of());

    GroupView {
        nodes = Map.copyOf(nodes);
        volumes = Map.copyOf(volumes);
    }

    /** What {@code state} says. The first view of an epoch computes its ring, about 3 ms for each node. */
    static GroupView of(GroupState state) {
        return new GroupView(state.name(), state.number(), state.ring(), state.nodes(), state.volumes());
    }

    /** The volume of that number and incarnation, or null when there is none to be served. */
    @Nullable
    GroupVolume servedVolume(int volumeId, int incarnation) {
        GroupVolume volume = volumes.get(volumeId);
        return volume != null && volume.incarnation() == incarnation && volume.state() == GroupVolume.State.ACTIVE
                ? volume
                : null;
    }

    /** Whether the ring names that node for the block with that hash, as its owner or as a replica. */
    boolean isCandidate(UUID node, long hash) {
        for (int rank = 0; rank < ring.ranks(); rank++) {
            if (ring.candidate(hash, rank).equals(node)) {
                return true;
            }
        }
        return false;
    }
}
