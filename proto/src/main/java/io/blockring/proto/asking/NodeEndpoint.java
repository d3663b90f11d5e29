package io.blockring.proto.asking;

import java.util.UUID;

/**
 * Where a node listens for the block protocol.
 *
 * @param nodeId that a listener there must have: addresses are used again by other nodes
 * @param socket path of its Unix socket, used when it is on this host; empty for none
 */
public record NodeEndpoint(UUID nodeId, String host, int port, String socket) {}
