package io.blockring.systemtests.s3faults;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What goes wrong with one request on its way through an {@link S3FaultProxy}. */
public sealed interface Fault {
    /** The request waits, then goes on. */
    record Delay(Duration duration) implements Fault {}

    /** The request waits, once it is {@code whole}, until the test lets it go on. */
    record HeldRequest(CountDownLatch whole, CountDownLatch until) implements Fault {}

    /** The server does it, and its answer waits until the test lets it go on. */
    record HeldAnswer(CountDownLatch until) implements Fault {}

    /** The server is not asked; the client gets that answer. */
    record Answer(int status, String code) implements Fault {}

    /** The server is not asked, and the client gets nothing until it gives up. */
    record Hang() implements Fault {}

    /** The server does it, and the client's connection is cut before it hears of that. */
    record DropAnswer() implements Fault {}

    /** The server does it, and the client gets that answer instead. */
    record OtherAnswer(int status, String code) implements Fault {}

    /** The client's connection is cut after that many bytes of the answer's body. */
    record Cut(long afterBytes) implements Fault {}

    /** One byte of the answer's body is another. */
    record Flip(long atByte) implements Fault {}

    /** What an overloaded store answers. */
    Fault SLOW_DOWN = new Answer(503, "SlowDown");

    /** What a broken store answers: nobody knows what it did. */
    Fault INTERNAL_ERROR = new Answer(500, "InternalError");

    /**
     * Which requests.
     *
     * @param method null for all
     * @param path what the decoded path must contain a match of, as in {@code /bucket/key}
     */
    record Match(@Nullable String method, Pattern path) {
        /** All requests. */
        public static Match all() {
            return new Match(null, Pattern.compile(""));
        }

        /** All of a method. */
        public static Match method(String method) {
            return new Match(method, Pattern.compile(""));
        }

        /** Those of a method whose path has a match of that pattern. */
        public static Match of(String method, String path) {
            return new Match(method, Pattern.compile(path));
        }

        boolean matches(HttpHead request) {
            return (method == null || method.equals(request.method()))
                    && path.matcher(request.decodedPath()).find();
        }
    }
}
