/** Randomness with a name, for the tests of every module. */
@NullMarked
package io.blockring.block.testing;

import org.jspecify.annotations.NullMarked;
