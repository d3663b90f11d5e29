/**
 * Who owns a block.
 *
 * <p>Start at {@link HashRing}: it is computed once per epoch from the {@link RingNode}s of that epoch and then only
 * read. {@link Placement} decides, in integer arithmetic, so that two processes that know the same nodes never differ.
 */
@NullMarked
package io.blockring.hashring;

import org.jspecify.annotations.NullMarked;
