package io.blockring.etcdclient;

/** How a commit ended. */
public enum CommitResult {
    COMMITTED,
    /** What the transaction had read has changed; nothing was written. */
    CONFLICT,
    /** The answer was lost, or is none: it was written whole or not at all. */
    UNKNOWN
}
