package io.blockring.cachectl.cluster;

import io.blockring.proto.control.PresentRequest;
import io.blockring.proto.control.SliceBlock;
import io.blockring.proto.mount.BlockPlace;
import io.blockring.proto.mount.MountDescription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Who owns some blocks of a mounted volume, and on which nodes they are. */
public final class BlockOwners {
    /** Of one block, by the names of nodes. */
    public record Whereabouts(List<String> owners, List<String> cachedOn) {
        private static final Whereabouts NOWHERE = new Whereabouts(List.of(), List.of());
    }

    /** How many blocks a node is asked for at once; the protocol allows ten times as many. */
    private static final int BATCH = 10_000;

    private BlockOwners() {}

    /** The whereabouts of each of {@code blocks}; nowhere for a mount without a group. */
    public static Map<BlockPlace, Whereabouts> find(MountDescription mount, List<BlockPlace> blocks) {
        Map<BlockPlace, Whereabouts> found = new HashMap<>();
        if (mount.getGroup().isEmpty()) {
            blocks.forEach(block -> found.put(block, Whereabouts.NOWHERE));
            return found;
        }
        try (var nodes = NodeConnections.of(mount.getSeedsList())) {
            var ring = new GroupRing(
                    nodes.firstAnswer(node -> node.ring(mount.getGroup())),
                    mount.getVolumeId(),
                    mount.getIncarnation());
            for (BlockPlace block : blocks) {
                List<String> owners = ring.candidates(sliceBlock(block)).stream()
                        .map(GroupRing.Member::name)
                        .toList();
                found.put(block, new Whereabouts(owners, new ArrayList<>()));
            }
            for (GroupRing.Member member : ring.members()) {
                for (int start = 0; start < blocks.size(); start += BATCH) {
                    List<BlockPlace> batch = blocks.subList(start, Math.min(blocks.size(), start + BATCH));
                    for (BlockPlace present : presentOn(nodes.node(member.controlAddress()), mount, batch)) {
                        found.getOrDefault(present, Whereabouts.NOWHERE)
                                .cachedOn()
                                .add(member.name());
                    }
                }
            }
        }
        return found;
    }

    private static List<BlockPlace> presentOn(
            NodeConnections.Node node, MountDescription mount, List<BlockPlace> blocks) {
        var request =
                PresentRequest.newBuilder().setVolumeId(mount.getVolumeId()).setIncarnation(mount.getIncarnation());
        blocks.forEach(block -> request.addBlocks(sliceBlock(block)));
        byte[] bitmap;
        try {
            bitmap = node.present(request.build()).getBitmap().toByteArray();
        } catch (io.grpc.StatusRuntimeException e) {
            return List.of(); // a node that is away has nothing for a reader
        }
        List<BlockPlace> present = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            if ((bitmap[i / 8] & 1 << i % 8) != 0) {
                present.add(blocks.get(i));
            }
        }
        return present;
    }

    static SliceBlock sliceBlock(BlockPlace block) {
        return SliceBlock.newBuilder()
                .setSliceId(block.getSliceId())
                .setIndex(block.getIndex())
                .setPlainBytes(block.getPlainBytes())
                .build();
    }
}
