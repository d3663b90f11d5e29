/**
 * What processes say to one another: the block protocol ({@link io.blockring.proto.blockprotocol}), the asking side of
 * a connection of it ({@link io.blockring.proto.asking}), and the control service of a node, generated from the files
 * under {@code src/main/proto}.
 */
@NullMarked
package io.blockring.proto;

import org.jspecify.annotations.NullMarked;
