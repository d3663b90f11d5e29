package io.blockring.meta.redis;

import io.blockring.meta.FileError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The way to the server that holds a volume. Safe for use by many threads. */
interface RedisLink extends AutoCloseable {
    /**
     * Sends commands that may be sent twice, all at once, and returns their answers in order. While the server is away
     * it is tried again until the deadline, and then fails with IO; a command that the server refuses fails with IO too.
     */
    List<@Nullable Object> ask(List<Command> commands) throws FileError;

    /** As {@link #ask}, for one command. */
    default @Nullable Object ask(Command command) throws FileError {
        return ask(List.of(command)).getFirst();
    }

    /** Runs {@code commit.lua} once at most; never fails but where the server refuses it for good. */
    Committed commit(Command arguments) throws FileError;

    /** How a run of {@code commit.lua} ended. */
    sealed interface Committed {
        /** All was as it was read; the answers of the writes. */
        record Done(List<Long> answers) implements Committed {
            public Done {
                answers = List.copyOf(answers);
            }
        }

        /** Nothing was written: something has changed, or the server takes no writes now. */
        record Refused() implements Committed {}

        /** The answer was lost. */
        record Lost() implements Committed {}
    }

    @Override
    void close();
}
