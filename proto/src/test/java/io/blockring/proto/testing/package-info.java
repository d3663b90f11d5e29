/** A node that does as a test says. */
@NullMarked
package io.blockring.proto.testing;

import org.jspecify.annotations.NullMarked;
