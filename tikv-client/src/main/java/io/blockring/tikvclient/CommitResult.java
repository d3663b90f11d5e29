package io.blockring.tikvclient;

/** What became of a transaction. */
public enum CommitResult {
    COMMITTED,
    /** Nothing of it was written: a key that it got or writes has changed since it began. */
    CONFLICT,
    /** Whether it was committed is not known: the cluster did not say so by the deadline. */
    UNKNOWN
}
