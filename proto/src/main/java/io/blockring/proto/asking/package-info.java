/**
 * The asking side of the block protocol: mounts ask nodes, nodes ask a block's earlier owner.
 *
 * <p>Start at {@link io.blockring.proto.asking.NodeConnections}: a bounded pool of connections to one node, with a
 * breaker. Bytes are read from the socket straight to where the caller wants them, and each unit is compared with its
 * checksum as it comes. No wait is without a limit: {@code ConnectionWatch} closes connections whose time is over.
 */
@NullMarked
package io.blockring.proto.asking;

import org.jspecify.annotations.NullMarked;
