package io.blockring.group;

import java.io.IOException;

/** A group log could not be read or written; the kind says what the caller must do. */
public final class GroupLogException extends IOException {
    private static final long serialVersionUID = 1;

    public enum Kind {
        /** The store did not answer in time. Nothing happened: try again later. */
        UNREACHABLE,
        /** The store did not say whether it happened: read the log before trying again. */
        UNCLEAR,
        /** Other writers were faster each time. Nothing happened: try again later. */
        CROWDED,
        /** The group does not allow it: ask for something else. */
        REFUSED,
        /** The log has no such group: create it, or fix its name. */
        NO_GROUP,
        /** The store cannot hold a log, or refuses us: fix the address, its rights, or take another store. */
        UNFIT_STORE,
        /** The log was written by a newer version: upgrade. */
        TOO_NEW,
        /** What stands in the log cannot be right: repair the data. */
        BROKEN
    }

    private final Kind kind;

    public GroupLogException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public GroupLogException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
