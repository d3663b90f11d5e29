package io.blockring.meta.engine;

/** How the commit of a transaction ended. */
public enum CommitOutcome {
    COMMITTED,
    /** Something that the transaction had read was changed by another; nothing of it happened. */
    CONFLICT,
    /** The answer was lost: it happened whole or not at all, and only its records can tell. */
    UNKNOWN
}
