package io.blockring.etcdclient;

import java.io.IOException;

/** The cluster did not do what it was asked for; nothing is known to have been written. */
public final class EtcdException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What the caller can do about it. */
    public enum Reason {
        /** No member answered by the deadline: try again later. */
        NO_ANSWER,
        /** The database has reached its quota: make room first. */
        FULL,
        /** The thread was interrupted. */
        INTERRUPTED,
        /** The cluster does not do this, for it is too large, too old or not allowed: ask otherwise. */
        REFUSED
    }

    private final Reason reason;

    EtcdException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    EtcdException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
