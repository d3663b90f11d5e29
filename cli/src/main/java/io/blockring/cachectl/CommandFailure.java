package io.blockring.cachectl;

import org.jspecify.annotations.Nullable;

/**
 * A command could not do what it was asked; three lines tell the user all of it.
 *
 * <p>It carries no stack of its own, for it is an answer; its cause, where there is one, is shown by {@code -v}.
 */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ExitCode exitCode;
    private final String code;
    private final String why;
    private final String hint;

    /**
     * Says what failed, why, and what to type next.
     *
     * @param code stable name for scripts, such as {@code GROUP_UNREACHABLE}
     * @param what what failed, and on which object
     * @param hint the next command to type
     */
    public CommandFailure(ExitCode exitCode, String code, String what, String why, String hint) {
        this(exitCode, code, what, why, hint, null);
    }

    private CommandFailure(
            ExitCode exitCode, String code, String what, String why, String hint, @Nullable Throwable cause) {
        super(oneLine(what), cause, false, false);
        this.exitCode = exitCode;
        this.code = code;
        this.why = oneLine(why);
        this.hint = oneLine(hint);
    }

    /** The same failure with what caused it. */
    public CommandFailure causedBy(Throwable cause) {
        return new CommandFailure(exitCode, code, what(), why, hint, cause);
    }

    private static String oneLine(String text) {
        // The names of Java's exceptions say nothing to a user.
        return text.strip().replaceAll("\\s*\\R\\s*", "; ").replaceAll("\\b(?:\\w+\\.)+\\w*Exception: ", "");
    }

    public ExitCode exitCode() {
        return exitCode;
    }

    public String code() {
        return code;
    }

    public String what() {
        return String.valueOf(getMessage());
    }

    public String why() {
        return why;
    }

    public String hint() {
        return hint;
    }
}
