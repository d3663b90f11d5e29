package io.blockring.objectstore.codec;

import java.io.IOException;

/** The private key of a volume cannot be used, in one sentence for people; never with a part of the key. */
public final class VolumeKeyException extends IOException {
    private static final long serialVersionUID = 1;

    /** What its caller can do about it. */
    public enum Kind {
        /** The key has a passphrase and none was given: give it. */
        NO_PASSPHRASE,
        /** The passphrase is not that of the key: give the right one. */
        WRONG_PASSPHRASE,
        /** It is no private key that can be used: give another one. */
        UNUSABLE
    }

    private final Kind kind;

    VolumeKeyException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    VolumeKeyException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
