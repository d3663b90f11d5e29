package io.blockring.meta.cache;

/**
 * When something was asked of the tree.
 *
 * @param number of all questions, answers and changes so far: what has a greater one came after the question
 * @param nanos when that was; the answer was true at this time or later
 */
record Question(long number, long nanos) {}
