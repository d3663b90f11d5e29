package io.blockring.meta.volume;

/** Why a volume was not made or not opened, in one sentence for people. */
public class VolumeException extends Exception {
    private static final long serialVersionUID = 1;

    /** What its caller can do about it. */
    public enum Kind {
        /** The URL names no engine that we know. */
        BAD_URL,
        /** The settings are those of no volume. */
        BAD_FORMAT,
        NO_VOLUME,
        EXISTS,
        /** Another process has it: see {@link VolumeHeldException}. */
        HELD,
        /** The volume uses something that this build neither writes nor reads. */
        REFUSED,
        /** The volume uses something that this build does not write; it can be mounted read-only. */
        READ_ONLY,
        /** The keys to its object store, which its settings should have, cannot be read: give others. */
        NO_KEYS,
        /** No server of the engine answers, or none lets us in. */
        UNREACHABLE,
        /** The engine or its disk failed. */
        ENGINE
    }

    private final Kind kind;

    public VolumeException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public VolumeException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
