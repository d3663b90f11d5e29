/**
 * Whether a volume is whole, and what lies about that nobody needs.
 *
 * <p>{@link TreeCheck} compares records with one another, {@link BlockCheck} what files refer to with the objects of the
 * store, {@link LeakedObjects} the objects with what anything refers to. The store is seen through {@link BlockObjects}.
 */
@NullMarked
package io.blockring.meta.check;

import org.jspecify.annotations.NullMarked;
