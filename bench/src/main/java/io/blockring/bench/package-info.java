/**
 * Figures beside their limits, measured in turn on one machine.
 *
 * <p>Start at {@link io.blockring.bench.Bench}. A {@code Figure} sets up real processes and runs each of its cases in
 * rounds: the limit, a small C program, then ours, then a peer. {@code Case} sums the rounds up.
 */
@NullMarked
package io.blockring.bench;

import org.jspecify.annotations.NullMarked;
