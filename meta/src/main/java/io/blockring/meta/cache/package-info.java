/**
 * What a client knows of a tree without asking, and for how long it believes it.
 *
 * <p>Start at {@link TreeCache}: it hears of our own changes from the tree, and makes a tree that answers from memory over
 * it. {@code Facts} says what may be kept when answers and changes overtake one another.
 */
@NullMarked
package io.blockring.meta.cache;

import org.jspecify.annotations.NullMarked;
