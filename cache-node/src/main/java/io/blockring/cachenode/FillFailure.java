package io.blockring.cachenode;

/** Why a block was not fetched. */
record FillFailure(Reason reason, String text) {
    /** What the one who asked has to know of it. */
    enum Reason {
        /** A limit was reached before the first byte: try again. */
        BUSY,
        /** The block came here by another way meanwhile: look again. */
        ALREADY_HERE,
        NO_KEYS,
        UNKNOWN_VOLUME,
        /** The object store has no such object. */
        NOT_FOUND,
        STORE_ERROR
    }
}
