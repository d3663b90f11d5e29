package io.blockring.cacheclient;

import java.util.List;
import java.util.UUID;

/**
 * Which volume of which group.
 *
 * @param group name of the group
 * @param seeds control addresses of some of its nodes, {@code host:port}
 * @param volume UUID of the volume, from its metadata
 */
public record GroupAddress(String group, List<String> seeds, UUID volume) {
    public GroupAddress {
        seeds = List.copyOf(seeds);
        if (group.isEmpty() || seeds.isEmpty()) {
            throw new IllegalArgumentException("a group has a name and at least one seed");
        }
    }
}
