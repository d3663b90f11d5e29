package io.blockring.meta;

/**
 * The expected failure of a file system operation: one of the outcomes that POSIX names.
 *
 * <p>It carries no stack, for it is an answer and no accident. Its errno is made in {@code fuse-client}, its exit
 * code in {@code cachectl}.
 */
public final class FileError extends Exception {
    private static final long serialVersionUID = 1;

    /** What went wrong, in the words of the caller's operation. */
    public enum Kind {
        NOT_FOUND,
        EXISTS,
        NOT_DIRECTORY,
        IS_DIRECTORY,
        NOT_EMPTY,
        /** The caller may not do this to anything (EPERM). */
        NOT_PERMITTED,
        /** The mode bits forbid it (EACCES). */
        NO_ACCESS,
        INVALID,
        NAME_TOO_LONG,
        NO_SPACE,
        OVER_QUOTA,
        READ_ONLY,
        /** The file would be larger than a file can be. */
        TOO_LARGE,
        TOO_MANY_LINKS,
        NO_SUCH_ATTRIBUTE,
        /** The caller's buffer is too small for the answer. */
        OUT_OF_RANGE,
        BAD_HANDLE,
        NOT_SUPPORTED,
        BUSY,
        INTERRUPTED,
        /** Behind the last data or hole of a seek. */
        NO_SUCH_OFFSET,
        /** An engine or store did not do its part within the deadline, or gave bytes that are not right. */
        IO
    }

    private final Kind kind;

    public FileError(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    public FileError(Kind kind, String message, Throwable cause) {
        super(message, cause, false, false);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
