package io.blockring.group;

import java.util.Objects;

/**
 * Where a node listens: each a {@code host:port}, or empty where it does not.
 *
 * @param control control service (gRPC)
 * @param block block protocol over TCP
 * @param blockSocket block protocol for the same host: the path of a Unix socket
 * @param cluster JGroups
 * @param http metrics and pages
 */
public record NodeAddresses(String control, String block, String blockSocket, String cluster, String http) {
    public static final NodeAddresses NONE = new NodeAddresses("", "", "", "", "");

    public NodeAddresses {
        Objects.requireNonNull(control, "control");
        Objects.requireNonNull(block, "block");
        Objects.requireNonNull(blockSocket, "blockSocket");
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(http, "http");
    }
}
