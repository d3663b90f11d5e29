package io.blockring.hashring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.blockring.block.testing.Seeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HashRingTest {
    private static final long LAST_BLOCK_OF_FIRST_PARTITION = (1L << 46) - 1;

    @Test
    void theOrderOfTheNodesDoesNotMatter() {
        Seeds.forEach(10, random -> {
            List<RingNode> nodes = SomeNodes.ofAnyWeight(1 + random.nextInt(20), 500, 3, random);
            List<RingNode> shuffled = new ArrayList<>(nodes);
            Collections.shuffle(shuffled, random);
            HashRing ring = HashRing.of(1, nodes);
            HashRing other = HashRing.of(1, shuffled);
            assertThat(other.nodes()).isEqualTo(ring.nodes());
            assertThat(other.table()).isEqualTo(ring.table());
        });
    }

    @Test
    void theFirstEighteenBitsOfAHashSayItsPartition() {
        assertThat(HashRing.partition(0)).isZero();
        assertThat(HashRing.partition(LAST_BLOCK_OF_FIRST_PARTITION)).isZero();
        assertThat(HashRing.partition(LAST_BLOCK_OF_FIRST_PARTITION + 1)).isEqualTo(1);
        assertThat(HashRing.partition(-1)).isEqualTo(HashRing.PARTITIONS - 1);
    }

    @Test
    void theCandidatesOfABlockAreDifferentNodesAndTheFirstIsItsOwner() {
        Seeds.forEach(10, random -> {
            List<RingNode> nodes = SomeNodes.ofAnyWeight(1 + random.nextInt(6), 500, 2, random);
            HashRing ring = HashRing.of(1, nodes);
            assertThat(ring.ranks()).isEqualTo(Math.min(nodes.size(), 3));
            random.longs(1_000).forEach(hash -> {
                assertThat(candidates(ring, hash)).hasSize(ring.ranks());
                assertThat(ring.owner(hash)).isEqualTo(ring.candidate(hash, 0));
            });
        });
    }

    @Test
    void replicasAreInOtherZonesAsLongAsThereAreOthers() {
        Seeds.forEach(10, random -> {
            int zones = 1 + random.nextInt(5);
            HashRing ring = HashRing.of(1, SomeNodes.ofAnyWeight(30, 500, zones, random));
            long zonesThere =
                    ring.nodes().stream().map(RingNode::zone).distinct().count();
            random.longs(1_000)
                    .forEach(hash ->
                            assertThat(zonesOf(ring, candidates(ring, hash))).hasSize((int) Math.min(zonesThere, 3)));
        });
    }

    @Test
    void aNodeAloneOwnsAll() {
        RingNode node = new RingNode(new UUID(1, 2), 7, "");
        HashRing ring = HashRing.of(4, List.of(node));
        assertThat(ring.epoch()).isEqualTo(4);
        assertThat(ring.ranks()).isEqualTo(1);
        assertThat(ring.partitionsOf(node.id())).isEqualTo(HashRing.PARTITIONS);
        assertThat(ring.partitionsOf(new UUID(3, 4))).isZero();
        assertThatIllegalArgumentException().isThrownBy(() -> ring.candidate(5, 1));
    }

    @Test
    void anEmptyRingOwnsNothing() {
        HashRing ring = HashRing.of(0, List.of());
        assertThat(ring.ranks()).isZero();
        assertThatIllegalArgumentException().isThrownBy(() -> ring.owner(5));
        assertThat(ring.partitionsOf(new UUID(3, 4))).isZero();
    }

    @Test
    void aTableTakesSixBytesForEachPartition() {
        HashRing ring = HashRing.of(1, SomeNodes.ofEqualWeight(200, new Random(1)));
        assertThat(ring.table().length * Short.BYTES).isEqualTo(HashRing.PARTITIONS * 6);
    }

    @Test
    void aNodeTwiceOrTooManyOrAWeightOutOfRangeIsRefused() {
        RingNode node = new RingNode(new UUID(1, 2), 7, "");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HashRing.of(1, List.of(node, new RingNode(node.id(), 8, "x"))));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HashRing.of(1, SomeNodes.ofEqualWeight(HashRing.MAX_NODES + 1, new Random(1))));
        assertThatIllegalArgumentException().isThrownBy(() -> new RingNode(new UUID(1, 2), 0, ""));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RingNode(new UUID(1, 2), RingNode.MAX_WEIGHT + 1, ""));
    }

    private static Set<UUID> candidates(HashRing ring, long hash) {
        Set<UUID> candidates = new HashSet<>();
        for (int rank = 0; rank < ring.ranks(); rank++) {
            candidates.add(ring.candidate(hash, rank));
        }
        return candidates;
    }

    private static Set<String> zonesOf(HashRing ring, Set<UUID> ids) {
        Set<String> zones = new HashSet<>();
        ring.nodes().stream().filter(node -> ids.contains(node.id())).forEach(node -> zones.add(node.zone()));
        return zones;
    }
}
