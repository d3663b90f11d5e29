package io.blockring.group;

import io.blockring.hashring.HashRing;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/** What one record of the log changes; the payload of its kind. {@link GroupFold} says how. */
sealed interface Change {
    /** The first record of every log. */
    record GroupCreated(UUID groupId, String name, GroupSettings settings, long atMillis) implements Change {
        public GroupCreated {
            Objects.requireNonNull(groupId, "groupId");
            Objects.requireNonNull(settings, "settings");
            Names.check(name, "group");
        }
    }

    record SettingsChanged(GroupSettings settings) implements Change {
        public SettingsChanged {
            Objects.requireNonNull(settings, "settings");
        }
    }

    /** A node joins, or comes back, or changes what it said of itself. */
    record NodeDeclared(NodeDeclaration node) implements Change {
        public NodeDeclared {
            Objects.requireNonNull(node, "node");
        }
    }

    record NodesTurned(List<UUID> nodes, NodeState state) implements Change {
        public NodesTurned {
            nodes = List.copyOf(nodes);
            Objects.requireNonNull(state, "state");
        }
    }

    /**
     * A new ring. It counts only when it names the epoch before it: of two that follow the same one, the first wins.
     *
     * @param lost nodes that are put out because their grace ended
     */
    record EpochPublished(long epoch, long previous, List<NodeDeclaration> members, List<UUID> lost, long atMillis)
            implements Change {
        public EpochPublished {
            members = List.copyOf(members);
            lost = List.copyOf(lost);
            long ids = members.stream().map(NodeDeclaration::id).distinct().count();
            if (epoch != previous + 1 || previous < 0 || ids != members.size() || ids > HashRing.MAX_NODES) {
                throw new IllegalArgumentException(
                        "no such epoch: " + epoch + " after " + previous + " of " + members.size() + " nodes");
            }
        }
    }

    record VolumeAdded(VolumeDeclaration volume) implements Change {
        public VolumeAdded {
            Objects.requireNonNull(volume, "volume");
        }
    }

    /** The same objects are now reached in another way. */
    record VolumeMoved(int volumeId, VolumeStorage storage, String credential) implements Change {
        public VolumeMoved {
            Objects.requireNonNull(storage, "storage");
            Objects.requireNonNull(credential, "credential");
        }
    }

    /** Slice ids may have come back; counts only when {@code incarnation} is the next one. */
    record VolumeRestored(int volumeId, int incarnation) implements Change {}

    record VolumeRemoved(int volumeId) implements Change {}

    /** Of a newer version; changes nothing that this one knows. */
    record Unknown(String kind) implements Change {}
}
