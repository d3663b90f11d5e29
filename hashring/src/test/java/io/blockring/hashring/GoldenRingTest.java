package io.blockring.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Whole tables of several clusters. They may never change: two clients of different versions would ask different nodes
 * for a block, and every group would lose what it holds.
 */
class GoldenRingTest {
    private static final List<RingNode> THREE = List.of(
            new RingNode(UUID.fromString("11111111-1111-4111-8111-111111111111"), 1, ""),
            new RingNode(UUID.fromString("22222222-2222-4222-8222-222222222222"), 1, ""),
            new RingNode(UUID.fromString("f3333333-3333-4333-8333-333333333333"), 1, ""));

    private static final List<RingNode> FIVE_IN_ZONES = List.of(
            new RingNode(UUID.fromString("11111111-1111-4111-8111-111111111111"), 100, "a"),
            new RingNode(UUID.fromString("22222222-2222-4222-8222-222222222222"), 250, "a"),
            new RingNode(UUID.fromString("33333333-3333-4333-8333-333333333333"), 400, "b"),
            new RingNode(UUID.fromString("a4444444-4444-4444-8444-444444444444"), 1, "b"),
            new RingNode(UUID.fromString("f5555555-5555-4555-8555-555555555555"), RingNode.MAX_WEIGHT, ""));

    @Test
    void aNodeAlone() throws Exception {
        assertThat(digest(THREE.subList(0, 1)))
                .isEqualTo("fbb7d824ce4bdbf89e39d2f39654b50497c985107cdfea623f90d7f36664f379");
    }

    @Test
    void threeEqualNodes() throws Exception {
        assertThat(digest(THREE)).isEqualTo("04c79293754a5c5fbd787f8268feb04e3c281f326fb8e59587189d4be5ce1ab6");
    }

    /** Here the caps of the light nodes are so low that they turn partitions away. */
    @Test
    void fiveNodesOfAllWeightsInZones() throws Exception {
        assertThat(digest(FIVE_IN_ZONES)).isEqualTo("a74503610925f6da2520dfdd8f59e6196cf91152f6a595ee1757ca6b3961f296");
    }

    @Test
    void sixtyFourNodesInFourZones() throws Exception {
        assertThat(digest(SomeNodes.ofAnyWeight(64, 1_000, 4, new Random(64))))
                .isEqualTo("4cf04ec4f6cbef1ad62f736a361cd863334c50af76c1878bb96566aa80df3cbf");
    }

    /** Here chance alone fills some of them above the cap. */
    @Test
    void twoHundredEqualNodes() throws Exception {
        assertThat(digest(SomeNodes.ofEqualWeight(200, new Random(200))))
                .isEqualTo("b0b49b3e07d6e0100edeefa769b46ff7969b791a9c3bd61e8ce622e282f050e3");
    }

    /** SHA-256 of the candidates of all partitions, in their order and that of their ranks. */
    private static String digest(List<RingNode> nodes) throws Exception {
        HashRing ring = HashRing.of(1, nodes);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (long partition = 0; partition < HashRing.PARTITIONS; partition++) {
            for (int rank = 0; rank < ring.ranks(); rank++) {
                UUID node = ring.candidate(partition << (Long.SIZE - HashRing.PARTITION_BITS), rank);
                digest.update((node + "\n").getBytes(StandardCharsets.US_ASCII));
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
