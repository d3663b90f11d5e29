package io.blockring.blockstore;

import org.jspecify.annotations.Nullable;

/** A block cannot be kept now: whoever wanted to fill it passes the bytes through, or says that it is busy. */
public final class CacheFullException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why there is no room. */
    public enum Reason {
        /** Every block that could make room is being read or filled, or the block is larger than the whole cache. */
        NO_ROOM,
        /** The policy of its dataset keeps no such block, or no more of them. */
        POLICY,
        /** The buffers of the fills in progress are at their limit: later there will be some. */
        NO_BUFFER,
        /** The directory was just opened, and it is not known yet which of its slots are free. */
        LOADING,
        /** The disk is full or fails, although the limit of the cache is not reached. */
        DISK
    }

    private final Reason reason;

    CacheFullException(Reason reason, String message) {
        this(reason, message, null);
    }

    CacheFullException(Reason reason, String message, @Nullable Throwable cause) {
        // Expected under load: no stack trace of its own.
        super(message, cause, false, false);
        this.reason = reason;
    }

    /** Why there is no room. */
    public Reason reason() {
        return reason;
    }
}
