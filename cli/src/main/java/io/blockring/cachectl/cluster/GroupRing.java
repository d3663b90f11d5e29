package io.blockring.cachectl.cluster;

import io.blockring.block.BlockKey;
import io.blockring.hashring.HashRing;
import io.blockring.proto.control.Id;
import io.blockring.proto.control.Ring;
import io.blockring.proto.control.RingNode;
import io.blockring.proto.control.SliceBlock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The ring of a group as one of its nodes told it, for one volume. */
public final class GroupRing {
    /** A member of the ring. */
    public record Member(String name, String controlAddress) {}

    private final HashRing ring;
    private final Map<UUID, Member> members = new HashMap<>();
    private final int volumeId;
    private final int incarnation;
    private final BlockKey.Form form;

    public GroupRing(Ring told, int volumeId, int incarnation) {
        this.volumeId = volumeId;
        this.incarnation = incarnation;
        this.form = told.getVolumesList().stream()
                        .anyMatch(volume -> volume.getVolumeId() == volumeId && volume.getKeptAsStored())
                ? BlockKey.Form.STORED
                : BlockKey.Form.PLAIN;
        List<io.blockring.hashring.RingNode> nodes = new ArrayList<>();
        for (RingNode node : told.getNodesList()) {
            UUID id = uuid(node.getId());
            nodes.add(new io.blockring.hashring.RingNode(id, node.getWeight(), node.getZone()));
            members.put(id, new Member(node.getName(), node.getAddresses().getControl()));
        }
        ring = HashRing.of(told.getEpoch(), nodes);
    }

    static UUID uuid(Id id) {
        return new UUID(id.getHigh(), id.getLow());
    }

    public boolean isEmpty() {
        return members.isEmpty();
    }

    /** The owner of a block first, then its replicas. */
    public List<Member> candidates(SliceBlock block) {
        long hash = new BlockKey.Slice(
                        volumeId, incarnation, block.getSliceId(), block.getIndex(), block.getPlainBytes(), form)
                .hash()
                .high();
        List<Member> candidates = new ArrayList<>();
        for (int rank = 0; rank < ring.ranks(); rank++) {
            Member member = members.get(ring.candidate(hash, rank));
            if (member != null) {
                candidates.add(member);
            }
        }
        return candidates;
    }

    public List<Member> members() {
        return List.copyOf(members.values());
    }
}
