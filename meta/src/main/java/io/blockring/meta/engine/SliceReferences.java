package io.blockring.meta.engine;

/**
 * A slice whose references are counted.
 *
 * @param extra references beyond the first; below 0 the slice is dead
 */
public record SliceReferences(SliceKey slice, long extra) {}
