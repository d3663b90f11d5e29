package io.blockring.meta.tree;

/**
 * What the copies of a clone have of their sources.
 *
 * @param preserve owner, mode and times as they are; else the caller's, and now
 * @param umask bits that the modes lose when they are not preserved
 * @param threads that work on it
 */
public record CloneOptions(boolean preserve, int umask, int threads) {
    /** The usual number of threads. */
    public static final int THREADS = TreeWalk.THREADS;
}
