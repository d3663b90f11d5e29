package io.blockring.hashring;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Nodes for tests; the same seed makes the same ones. */
final class SomeNodes {
    private SomeNodes() {}

    static List<RingNode> ofEqualWeight(int count, Random random) {
        List<RingNode> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.add(new RingNode(id(random), 100, ""));
        }
        return nodes;
    }

    static List<RingNode> ofAnyWeight(int count, int heaviest, int zones, Random random) {
        List<RingNode> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.add(new RingNode(id(random), 1 + random.nextInt(heaviest), "zone-" + random.nextInt(zones)));
        }
        return nodes;
    }

    static UUID id(Random random) {
        return new UUID(random.nextLong(), random.nextLong());
    }
}
