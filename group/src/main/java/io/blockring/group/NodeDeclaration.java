package io.blockring.group;

import io.blockring.hashring.RingNode;
import java.util.Objects;
import java.util.UUID;

/**
 * What a node says of itself, and what an epoch was computed from.
 *
 * @param id who it is, for good
 * @param name what people call it; two nodes that are not out never share one
 * @param weight its share of the blocks, as in {@link RingNode}
 * @param zone what fails together with it; may be empty
 */
public record NodeDeclaration(UUID id, String name, int weight, String zone, NodeAddresses addresses) {
    public NodeDeclaration {
        Objects.requireNonNull(addresses, "addresses");
        Names.check(name, "node");
        Objects.requireNonNull(new RingNode(id, weight, Objects.requireNonNull(zone, "zone")).id(), "id");
    }

    RingNode toRingNode() {
        return new RingNode(id, weight, zone);
    }
}
