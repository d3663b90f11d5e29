package io.blockring.etcdclient;

import io.blockring.etcdclient.EtcdException.Reason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Objects;

/** What failed calls mean. Some errors are known by their texts only, which are those of etcd's {@code rpctypes}. */
final class Answers {
    /** What may be done after a call that failed. */
    enum Meaning {
        /** The member cannot answer now, and what it was to write may be written: ask again. */
        AGAIN,
        /** The member has too much to do and did not look at it: ask again. */
        BUSY,
        /** The token of the login is not valid any more: log in, and ask again. */
        LOGIN,
        /** There is no room; what the answer is for may be written all the same, if it is the first that found none. */
        FULL,
        /** It will never do this, and has not. */
        REFUSED,
        /** The answer is larger than we take, so it was done. */
        ANSWER_TOO_LARGE
    }

    private Answers() {}

    static Meaning meaning(StatusRuntimeException failure) {
        String text = text(failure);
        if (text.contains("invalid auth token") || text.contains("auth store is old")) {
            return Meaning.LOGIN;
        }
        if (text.contains("database space exceeded")) {
            return Meaning.FULL;
        }
        if (text.contains("too many requests")) {
            return Meaning.BUSY;
        }
        return switch (failure.getStatus().getCode()) {
            case INVALID_ARGUMENT,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    PERMISSION_DENIED,
                    FAILED_PRECONDITION,
                    OUT_OF_RANGE,
                    UNIMPLEMENTED -> Meaning.REFUSED;
            case UNAUTHENTICATED -> Meaning.LOGIN;
            case RESOURCE_EXHAUSTED -> isTooLargeForTheServer(text) ? Meaning.REFUSED : Meaning.ANSWER_TOO_LARGE;
            case OK, CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, ABORTED, INTERNAL, UNAVAILABLE, DATA_LOSS -> Meaning.AGAIN;
        };
    }

    /** The failure in words, with what can be done about it. */
    static EtcdException failure(StatusRuntimeException failure) {
        String text = text(failure);
        Reason reason = switch (meaning(failure)) {
            case AGAIN, BUSY -> Reason.NO_ANSWER;
            case FULL -> Reason.FULL;
            case LOGIN, REFUSED, ANSWER_TOO_LARGE -> Reason.REFUSED;
        };
        return new EtcdException(reason, text + hint(text), failure);
    }

    static boolean isWithoutLogins(StatusRuntimeException failure) {
        return text(failure).contains("authentication is not enabled");
    }

    private static boolean isTooLargeForTheServer(String text) {
        return text.startsWith("grpc: received message larger");
    }

    private static String hint(String text) {
        if (text.contains("too many operations")) {
            return "; its option --max-txn-ops, 128 unless it is set, is how many keys one change may read or write";
        }
        if (text.contains("request is too large") || isTooLargeForTheServer(text)) {
            return "; its option --max-request-bytes, 1.5 MiB unless it is set, is how much one change may write";
        }
        if (text.contains("compacted")) {
            return "; a long read needs an --auto-compaction-retention that keeps what it reads";
        }
        if (text.contains("space exceeded")) {
            return "; compact and defragment it and disarm its alarm, or raise --quota-backend-bytes";
        }
        if (text.contains("user name is empty")) {
            return "; it asks for a user and a password";
        }
        return "";
    }

    private static String text(StatusRuntimeException failure) {
        Status status = failure.getStatus();
        Throwable cause = status.getCause();
        String text = Objects.requireNonNullElse(
                status.getDescription(), status.getCode().toString());
        return cause == null ? text : text + ": " + cause.getMessage();
    }
}
