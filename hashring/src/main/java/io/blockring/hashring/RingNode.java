package io.blockring.hashring;

import java.util.UUID;

/**
 * A node's part in a ring.
 *
 * @param id who it is, for good; its address may change and its name may be reused, this may not
 * @param weight its share of the blocks, against the weights of the others: 1 to {@link #MAX_WEIGHT}
 * @param zone what fails together with it (a rack, a room); replicas avoid the zone of the owner. May be empty.
 */
public record RingNode(UUID id, int weight, String zone) {
    public static final int MAX_WEIGHT = 1 << 20;

    public RingNode {
        if (weight < 1 || weight > MAX_WEIGHT) {
            throw new IllegalArgumentException("a weight is 1 to " + MAX_WEIGHT + ", not " + weight);
        }
    }
}
