/**
 * How a block becomes an object and an object a block again: compressed, then encrypted, as the volume format says.
 *
 * <p>Start at {@link io.blockring.objectstore.codec.BlockCodec}. Nothing here knows of stores or of names of objects.
 */
@NullMarked
package io.blockring.objectstore.codec;

import org.jspecify.annotations.NullMarked;
