/**
 * The one command line for users and operators.
 *
 * <p>Start at {@link io.blockring.cachectl.CacheCtl}; each command is a class of its own. Data goes to standard
 * output, progress and errors to standard error. {@link io.blockring.cachectl.CommandFailure} is the only way for a
 * command to fail, and {@link io.blockring.cachectl.Failures} the one place that turns other failures into it.
 */
@NullMarked
package io.blockring.cachectl;

import org.jspecify.annotations.NullMarked;
