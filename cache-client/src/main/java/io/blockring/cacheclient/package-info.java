/**
 * Finds the blocks of a volume: at their owners in the cache group, and at last in the object store; and puts new ones
 * there.
 *
 * <p>Start at {@link io.blockring.cacheclient.BlockCache}. {@code RingWatch} says who owns what, {@code GroupReader}
 * asks nodes, {@code StoreBudget} holds back what a lost node would make us ask of the object store, {@code Offers}
 * gives the owners blocks that were just written. Nothing here knows of files: see the {@code filesystem} module.
 */
@NullMarked
package io.blockring.cacheclient;

import org.jspecify.annotations.NullMarked;
