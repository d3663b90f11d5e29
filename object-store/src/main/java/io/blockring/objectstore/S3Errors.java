package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.CHANGED;
import static io.blockring.objectstore.ObjectStoreException.Kind.DENIED;
import static io.blockring.objectstore.ObjectStoreException.Kind.EXISTS;
import static io.blockring.objectstore.ObjectStoreException.Kind.INVALID;
import static io.blockring.objectstore.ObjectStoreException.Kind.NOT_FOUND;
import static io.blockring.objectstore.ObjectStoreException.Kind.NO_BUCKET;
import static io.blockring.objectstore.ObjectStoreException.Kind.RETRY;
import static io.blockring.objectstore.ObjectStoreException.Kind.UNCLEAR;

import io.blockring.objectstore.ObjectStoreException.Kind;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * What a failed request to S3 means to its caller.
 *
 * <p>A write that got an answer of the 500s may have happened all the same: only a refusal to take it, or a connection
 * that was never made, says that it did not.
 */
final class S3Errors {
    /** Codes with which a store says that it has not begun. */
    private static final Set<String> REFUSALS =
            Set.of("SlowDown", "RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequests");

    /** Codes of damage on the way; nothing was stored. */
    private static final Set<String> DAMAGE = Set.of(
            "BadDigest",
            "IncompleteBody",
            "RequestTimeout",
            "XAmzContentSHA256Mismatch",
            "XAmzContentChecksumMismatch");

    private static final Set<String> WRONG_CREDENTIALS = Set.of("ExpiredToken", "InvalidToken", "TokenRefreshRequired");

    private static final int MAX_CAUSES = 10;

    private S3Errors() {}

    static ObjectStoreException ofRead(String what, Throwable failure) {
        return of(what, failure, RETRY);
    }

    static ObjectStoreException ofWrite(String what, Throwable failure) {
        return of(what, failure, UNCLEAR);
    }

    /** Whether it is an answer that there is no such thing, be it the object or the bucket. */
    static boolean isAbsence(Throwable failure) {
        return unwrap(failure) instanceof S3Exception answer && answer.statusCode() == 404;
    }

    private static ObjectStoreException of(String what, Throwable failure, Kind otherwise) {
        Throwable cause = unwrap(failure);
        if (cause instanceof S3Exception answer) {
            String code = codeOf(answer);
            String text = "%s: answer %d %s".formatted(what, answer.statusCode(), code);
            return new ObjectStoreException(kindOf(answer.statusCode(), code, otherwise), text, cause);
        }
        for (Throwable deeper : causesOf(cause)) {
            if (deeper instanceof ObjectStoreException known) {
                return known; // ours, wrapped on its way through the SDK
            }
            if (deeper instanceof AbortedException || deeper instanceof InterruptedException) {
                Thread.currentThread().interrupt(); // the SDK took the mark away
            }
        }
        Kind kind = neverConnected(cause) ? RETRY : otherwise;
        return new ObjectStoreException(kind, what + ": " + rootMessage(cause), cause);
    }

    private static Kind kindOf(int status, String code, Kind otherwise) {
        if (code.equals("NoSuchBucket")) {
            return NO_BUCKET;
        }
        if (REFUSALS.contains(code) || DAMAGE.contains(code)) {
            return RETRY;
        }
        if (WRONG_CREDENTIALS.contains(code)) {
            return DENIED;
        }
        return switch (status) {
            case 301, 307, 308 -> NO_BUCKET; // it is in another region
            case 401, 403 -> DENIED;
            case 404 -> NOT_FOUND;
            case 409, 429 -> RETRY; // 409: another writer was at it; this one did nothing
            case 412 -> otherwise == UNCLEAR ? EXISTS : CHANGED;
            case 501 -> INVALID;
            default -> status >= 500 ? otherwise : INVALID;
        };
    }

    private static String codeOf(S3Exception answer) {
        var details = answer.awsErrorDetails();
        String code = details == null ? null : details.errorCode();
        return code == null ? "" : code;
    }

    private static boolean neverConnected(Throwable failure) {
        for (Throwable cause : causesOf(failure)) {
            boolean noPeer = cause instanceof ConnectException
                    || cause instanceof UnknownHostException
                    || cause instanceof NoRouteToHostException;
            String message = cause.getMessage();
            boolean noConnection = cause instanceof TimeoutException
                    && message != null
                    && message.startsWith("Acquire operation took longer");
            if (noPeer || noConnection) {
                return true;
            }
        }
        return false;
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        for (Throwable cause : causesOf(failure)) {
            root = cause;
        }
        return root instanceof SdkClientException ? String.valueOf(root.getMessage()) : root.toString();
    }

    private static List<Throwable> causesOf(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .limit(MAX_CAUSES)
                .toList();
    }

    private static Throwable unwrap(Throwable failure) {
        Throwable cause = failure.getCause();
        boolean wrapper = failure instanceof CompletionException || failure instanceof ExecutionException;
        return wrapper && cause != null ? unwrap(cause) : failure;
    }
}
