package io.blockring.cachectl;

/** What the exit status of {@code cachectl} says; scripts rely on these numbers. */
public enum ExitCode {
    OK(0, "done"),
    UNEXPECTED(1, "an unexpected failure, most likely a bug"),
    USAGE(2, "the command line or its input is wrong"),
    NOT_FOUND(3, "no such volume, group, node, bucket, file or mount"),
    PARTIAL(4, "some items failed; the rest is done"),
    NO_ROOM(5, "it does not fit: capacity, quota or limit"),
    UNREACHABLE(6, "a server cannot be reached now; trying again makes sense"),
    NO_PERMISSION(7, "the credentials or the user may not do this"),
    CONFLICT(8, "it exists already, is in use, or changed meanwhile"),
    NOTHING_TO_DO(9, "nothing to do (only with --error-on-noop)"),
    CHECK_FAILED(10, "a check said no"),
    TIMEOUT(124, "time ran out; the work goes on"),
    INTERRUPTED(130, "interrupted");

    private final int status;
    private final String meaning;

    ExitCode(int status, String meaning) {
        this.status = status;
        this.meaning = meaning;
    }

    public int status() {
        return status;
    }

    public String meaning() {
        return meaning;
    }
}
