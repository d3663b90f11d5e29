package io.blockring.proto.blockprotocol;

import java.util.UUID;

/**
 * The first frame of a connection, from the side that opened it.
 *
 * @param lowestVersion of the protocol that the sender speaks
 * @param highestVersion of the protocol that the sender speaks
 * @param features bits of what the sender understands beyond its version
 * @param senderId of the client or node
 * @param group the cache group that the sender expects here
 */
public record Hello(
        int lowestVersion,
        int highestVersion,
        Authentication authentication,
        Role role,
        long features,
        UUID senderId,
        Nonce nonce,
        String group) {
    /** Who opens a connection. */
    public enum Role {
        CLIENT,
        CACHE_NODE
    }
}
