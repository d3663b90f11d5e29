package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.INVALID;
import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Turns the SDK's answer to a GET into an {@link S3Download}; the SDK's threads call it. */
final class S3GetAnswer implements AsyncResponseTransformer<GetObjectResponse, S3Download> {
    private static final int HEX = 16;

    private final String key;
    private final long offset;
    private final long length;
    private final Duration stallTimeout;
    private final CompletableFuture<S3Download> result = new CompletableFuture<>();
    private volatile @Nullable GetObjectResponse head;
    private volatile @Nullable S3Download download;

    S3GetAnswer(String key, long offset, long length, Duration stallTimeout) {
        this.key = key;
        this.offset = offset;
        this.length = length;
        this.stallTimeout = stallTimeout;
    }

    /** Nobody waits for it any more: gives up the connection, now or when it turns out that there is one. */
    void abandon() {
        S3Download started = download;
        if (!result.completeExceptionally(new CancellationException("abandoned")) && started != null) {
            started.close();
        }
    }

    @Override
    public CompletableFuture<S3Download> prepare() {
        return result;
    }

    @Override
    public void onResponse(GetObjectResponse response) {
        head = response;
    }

    @Override
    public void onStream(SdkPublisher<ByteBuffer> publisher) {
        publisher.subscribe(new Pieces());
    }

    @Override
    public void exceptionOccurred(Throwable error) {
        S3Download started = download;
        if (started != null) {
            started.failed(error);
        } else {
            result.completeExceptionally(error);
        }
    }

    /**
     * Checks that the answer is what was asked for: an endpoint that does not know ranges sends the whole object, whose
     * first bytes are not those at an offset.
     */
    private S3Download.Body bodyOf(GetObjectResponse answer) throws ObjectStoreException {
        long bytes = answer.contentLength();
        String range = answer.contentRange();
        boolean asAsked = range == null ? offset == 0 : range.startsWith("bytes " + offset + "-");
        if (!asAsked || bytes > length) {
            throw new ObjectStoreException(
                    INVALID,
                    "asked for %d bytes of '%s' from %d on, got %d: %s".formatted(length, key, offset, bytes, range));
        }
        if (bytes == 0) {
            throw new ObjectStoreException(INVALID, "'" + key + "' has no byte at " + offset);
        }
        boolean whole = range == null || range.equals("bytes 0-%d/%d".formatted(bytes - 1, bytes));
        return new S3Download.Body(key, bytes, S3ObjectStore.plainETag(answer.eTag()), whole ? crcOf(answer) : null);
    }

    private @Nullable Integer crcOf(GetObjectResponse answer) {
        String crc = answer.metadata().get(S3ObjectStore.CRC_METADATA);
        if (crc == null) {
            return null;
        }
        try {
            return Integer.parseUnsignedInt(crc, HEX);
        } catch (NumberFormatException e) {
            return null; // not one of ours
        }
    }

    private final class Pieces implements Subscriber<ByteBuffer> {
        @Override
        public void onSubscribe(Subscription subscription) {
            try {
                var started = new S3Download(
                        bodyOf(requireNonNull(head, "the head comes first")), new Network(subscription), stallTimeout);
                download = started;
                subscription.request(S3Download.WINDOW_PIECES);
                if (!result.complete(started)) {
                    subscription.cancel();
                }
            } catch (ObjectStoreException e) {
                subscription.cancel();
                result.completeExceptionally(e);
            }
        }

        @Override
        public void onNext(ByteBuffer bytes) {
            requireNonNull(download, "subscribed first").arrived(bytes);
        }

        @Override
        public void onError(Throwable error) {
            exceptionOccurred(error);
        }

        @Override
        public void onComplete() {
            requireNonNull(download, "subscribed first").ended();
        }
    }

    private record Network(Subscription subscription) implements S3Download.Source {
        @Override
        public void request(long pieces) {
            subscription.request(pieces);
        }

        @Override
        public void cancel() {
            subscription.cancel();
        }
    }
}
