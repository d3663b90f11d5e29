package io.blockring.objectstore;

import java.io.IOException;

/** An object store did not do what it was asked; the kind says what the caller must do. */
public final class ObjectStoreException extends IOException {
    private static final long serialVersionUID = 1;

    public enum Kind {
        /** There is no such object: believe it. */
        NOT_FOUND,
        /** The object was to be absent and is there: read it. */
        EXISTS,
        /** The object has another version than the one asked for: start over. */
        CHANGED,
        /** The same request may succeed later: overload, a lost connection, a deadline. It had no effect. */
        RETRY,
        /** Nobody knows whether a write happened: ask before repeating it. */
        UNCLEAR,
        /** The credentials do not allow it: fix them. */
        DENIED,
        /** The bucket or directory is not there: fix the address. */
        NO_BUCKET,
        /** The request can never succeed: fix it. */
        INVALID
    }

    private final Kind kind;

    public ObjectStoreException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public ObjectStoreException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
