package io.blockring.group;

import io.blockring.hashring.HashRing;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What a group had agreed when its log had {@code number} records. Immutable.
 *
 * @param hash of the last record folded, which the next one names
 * @param nodes by their ids, also those that are out
 * @param volumes by their numbers, also those that are removed
 * @param lossEpoch the last epoch that put nodes out because nobody saw them; 0 before the first one
 * @param unknownRecords how many records of kinds were folded that this version does not know; it may then not write
 *     a snapshot, which would lose them
 */
public record GroupState(
        long number,
        String hash,
        UUID groupId,
        String name,
        GroupSettings settings,
        Map<UUID, GroupNode> nodes,
        Map<Integer, GroupVolume> volumes,
        Epoch epoch,
        long lossEpoch,
        long unknownRecords) {
    /** Of an empty log: there is no group. */
    public static final GroupState NONE = new GroupState(
            0, LogRecord.NO_HASH, new UUID(0, 0), "", GroupSettings.DEFAULT, Map.of(), Map.of(), Epoch.NONE, 0, 0);

    public GroupState {
        Objects.requireNonNull(hash, "hash");
        Objects.requireNonNull(groupId, "groupId");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(settings, "settings");
        Objects.requireNonNull(epoch, "epoch");
        nodes = Collections.unmodifiableMap(new TreeMap<>(nodes));
        volumes = Collections.unmodifiableMap(new TreeMap<>(volumes));
    }

    /** The ring of the current epoch; empty before the first one. */
    public HashRing ring() {
        return epoch.ring();
    }

    public Optional<GroupNode> node(UUID id) {
        return Optional.ofNullable(nodes.get(id));
    }

    /** The node that is called so and is not out. */
    public Optional<GroupNode> node(String nodeName) {
        return nodes.values().stream()
                .filter(node -> node.name().equals(nodeName) && node.state() != NodeState.OUT)
                .findFirst();
    }

    public Optional<GroupVolume> volume(int volumeId) {
        return Optional.ofNullable(volumes.get(volumeId));
    }

    public Optional<GroupVolume> volume(UUID uuid) {
        return volumes.values().stream()
                .filter(volume -> volume.declared().uuid().equals(uuid))
                .findFirst();
    }

    /** How much all nodes that are not out weigh together. */
    public long declaredWeight() {
        return nodes.values().stream()
                .filter(node -> node.state() != NodeState.OUT)
                .mapToLong(node -> node.declared().weight())
                .sum();
    }
}
