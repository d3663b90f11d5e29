package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.INVALID;
import static io.blockring.objectstore.ObjectStoreException.Kind.NO_BUCKET;
import static io.blockring.objectstore.ObjectStoreException.Kind.RETRY;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * The objects of one bucket. Each call is one request and is never repeated here: that is for
 * {@link RetryingObjectStore}, which knows what may be.
 *
 * <p>Objects put by it carry the CRC32C of their bytes as metadata; who reads such an object whole gets these bytes or
 * an error, whatever was between.
 */
public final class S3ObjectStore implements ObjectStore {
    /** Metadata of an object, in hexadecimal: CRC32C of its bytes. */
    static final String CRC_METADATA = "blockring-crc32c";

    private static final long MAX_OBJECT_BYTES = Integer.MAX_VALUE;

    /** No object is that long; servers do odd things with longer ranges. */
    private static final long MAX_RANGE_BYTES = 1L << 50;

    private final S3Connection connection;
    private final String bucket;
    private final boolean sendsChecksums;
    private final S3Settings settings;

    /** Closes the connection when it is closed. */
    S3ObjectStore(S3Connection connection, String bucket, boolean sendsChecksums, S3Settings settings) {
        this.connection = connection;
        this.bucket = bucket;
        this.sendsChecksums = sendsChecksums;
        this.settings = settings;
    }

    /** Opens a bucket; nothing is asked of it before the first call. */
    public static S3ObjectStore open(StoreAddress.S3 address, Credentials credentials, S3Settings settings) {
        boolean sendsChecksums = address.checksums() == StoreAddress.Checksums.WHEN_SUPPORTED;
        return new S3ObjectStore(
                S3Connection.open(address, credentials, settings), address.bucket(), sendsChecksums, settings);
    }

    @Override
    public ObjectContent get(String key, long offset, long length, @Nullable String ifMatch)
            throws ObjectStoreException {
        ObjectKeys.checkRange(key, offset, length);
        GetObjectRequest request = GetObjectRequest.builder()
                .bucket(bucket)
                .key(key)
                .range(rangeOf(offset, length))
                .ifMatch(ifMatch == null ? null : '"' + ifMatch + '"')
                .build();
        String what = "get '" + key + "'";
        checkInterrupt(what);
        Deadline deadline = Deadline.in(settings.requestTimeout());
        var body = new S3GetAnswer(key, offset, length, settings.stallTimeout());
        try {
            return await(connection.client().getObject(request, body), deadline);
        } catch (ExecutionException e) {
            throw S3Errors.ofRead(what, e);
        } catch (TimeoutException | InterruptedException e) {
            body.abandon();
            throw abandoned(what, e);
        }
    }

    @Override
    public String put(String key, MemorySegment bytes, PutCondition condition) throws ObjectStoreException {
        ObjectKeys.check(key);
        if (bytes.byteSize() > MAX_OBJECT_BYTES) {
            throw new ObjectStoreException(INVALID, "an object has at most " + MAX_OBJECT_BYTES + " bytes");
        }
        String what = "put '" + key + "'";
        checkInterrupt(what);
        var upload = new S3Upload(bytes);
        Deadline deadline = Deadline.in(settings.requestTimeout());
        var answer = connection
                .client()
                .putObject(
                        putRequest(key, bytes, condition), bytes.byteSize() == 0 ? AsyncRequestBody.empty() : upload);
        try {
            return plainETag(upload.feed(answer, deadline).eTag());
        } catch (ExecutionException e) {
            throw S3Errors.ofWrite(what, e);
        } catch (TimeoutException | InterruptedException e) {
            answer.cancel(true);
            boolean mayHaveHappened = upload.begun() || bytes.byteSize() == 0;
            throw mayHaveHappened ? S3Errors.ofWrite(what, noteInterrupt(e)) : abandoned(what, e);
        }
    }

    @Override
    public Optional<ObjectInfo> head(String key) throws ObjectStoreException {
        ObjectKeys.check(key);
        String what = "look up '" + key + "'";
        checkInterrupt(what);
        try {
            var answer = await(connection
                    .client()
                    .headObject(request -> request.bucket(bucket).key(key)));
            return Optional.of(new ObjectInfo(
                    key, answer.contentLength(), plainETag(answer.eTag()), known(answer.lastModified())));
        } catch (ExecutionException e) {
            if (!S3Errors.isAbsence(e)) {
                throw S3Errors.ofRead(what, e);
            }
            checkBucket();
            return Optional.empty();
        } catch (TimeoutException | InterruptedException e) {
            throw abandoned(what, e);
        }
    }

    private static Instant known(@Nullable Instant modified) {
        // A look-up says whole seconds, and so does a listing.
        return modified == null ? Instant.MAX : modified.truncatedTo(ChronoUnit.SECONDS);
    }

    @Override
    public List<ObjectInfo> list(String prefix, @Nullable String after, int limit) throws ObjectStoreException {
        ObjectKeys.checkPage(prefix, after, limit);
        var page = new ArrayList<ObjectInfo>();
        String last = after;
        while (true) {
            ListObjectsV2Response part = listPart(prefix, last, limit - page.size());
            for (S3Object object : part.contents()) {
                if (last != null && ObjectKeys.BY_BYTES.compare(object.key(), last) <= 0) {
                    throw new ObjectStoreException(
                            INVALID,
                            "this endpoint does not list in byte order: '" + object.key() + "' after '" + last + "'");
                }
                last = object.key();
                page.add(new ObjectInfo(last, object.size(), plainETag(object.eTag()), known(object.lastModified())));
            }
            if (page.size() >= limit || part.contents().isEmpty() || !Boolean.TRUE.equals(part.isTruncated())) {
                return List.copyOf(page);
            }
        }
    }

    @Override
    public void delete(String key) throws ObjectStoreException {
        ObjectKeys.check(key);
        String what = "delete '" + key + "'";
        checkInterrupt(what);
        try {
            await(connection
                    .client()
                    .deleteObject(request -> request.bucket(bucket).key(key)));
        } catch (ExecutionException e) {
            ObjectStoreException failure = S3Errors.ofWrite(what, e);
            if (failure.kind() != ObjectStoreException.Kind.NOT_FOUND) {
                throw failure;
            }
        } catch (TimeoutException | InterruptedException e) {
            throw S3Errors.ofWrite(what, noteInterrupt(e));
        }
    }

    @Override
    public void close() {
        connection.close();
    }

    static String plainETag(@Nullable String eTag) throws ObjectStoreException {
        if (eTag == null || eTag.isEmpty()) {
            throw new ObjectStoreException(INVALID, "this endpoint gives no ETags");
        }
        boolean quoted = eTag.length() > 1 && eTag.startsWith("\"") && eTag.endsWith("\"");
        return quoted ? eTag.substring(1, eTag.length() - 1) : eTag;
    }

    private PutObjectRequest putRequest(String key, MemorySegment bytes, PutCondition condition) {
        int crc = crcOf(bytes);
        var request = PutObjectRequest.builder()
                .bucket(bucket)
                .key(key)
                .metadata(Map.of(CRC_METADATA, HexFormat.of().toHexDigits(crc)));
        if (condition == PutCondition.IF_ABSENT) {
            request.ifNoneMatch("*");
        }
        if (sendsChecksums) {
            byte[] bigEndian = ByteBuffer.allocate(Integer.BYTES).putInt(crc).array();
            request.checksumCRC32C(Base64.getEncoder().encodeToString(bigEndian));
        }
        return request.build();
    }

    private static int crcOf(MemorySegment bytes) {
        var crc = new CRC32C();
        crc.update(bytes.asByteBuffer());
        return (int) crc.getValue();
    }

    private static String rangeOf(long offset, long length) {
        boolean toTheEnd = length > MAX_RANGE_BYTES - offset;
        return "bytes=" + offset + "-" + (toTheEnd ? "" : offset + length - 1);
    }

    private ListObjectsV2Response listPart(String prefix, @Nullable String after, int limit)
            throws ObjectStoreException {
        String what = "list '" + prefix + "'";
        checkInterrupt(what);
        var request = ListObjectsV2Request.builder()
                .bucket(bucket)
                .prefix(prefix)
                .startAfter(after)
                .maxKeys(limit)
                .encodingType(EncodingType.URL)
                .build();
        try {
            return await(connection.client().listObjectsV2(request));
        } catch (ExecutionException e) {
            ObjectStoreException failure = S3Errors.ofRead(what, e);
            throw S3Errors.isAbsence(e) ? noBucket(failure) : failure;
        } catch (TimeoutException | InterruptedException e) {
            throw abandoned(what, e);
        }
    }

    /** The answer to a HEAD has no body that could say what is absent: the object, or its bucket. */
    private void checkBucket() throws ObjectStoreException {
        String what = "look up the bucket '" + bucket + "'";
        try {
            await(connection.client().headBucket(request -> request.bucket(bucket)));
        } catch (ExecutionException e) {
            ObjectStoreException failure = S3Errors.ofRead(what, e);
            if (S3Errors.isAbsence(e)) {
                throw noBucket(failure);
            }
            if (failure.kind() != ObjectStoreException.Kind.DENIED) { // then it is there
                throw failure;
            }
        } catch (TimeoutException | InterruptedException e) {
            throw abandoned(what, e);
        }
    }

    private ObjectStoreException noBucket(ObjectStoreException failure) {
        return new ObjectStoreException(NO_BUCKET, "no bucket '" + bucket + "'", failure);
    }

    private <T> T await(CompletableFuture<T> answer) throws ExecutionException, TimeoutException, InterruptedException {
        return await(answer, Deadline.in(settings.requestTimeout()));
    }

    private static <T> T await(CompletableFuture<T> answer, Deadline deadline)
            throws ExecutionException, TimeoutException, InterruptedException {
        try {
            return answer.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | InterruptedException e) {
            answer.cancel(true);
            throw e;
        }
    }

    /** Before a request is made, so that it had no effect. */
    private static void checkInterrupt(String what) throws ObjectStoreException {
        if (Thread.currentThread().isInterrupted()) {
            throw new ObjectStoreException(RETRY, what + ": interrupted");
        }
    }

    private static ObjectStoreException abandoned(String what, Exception cause) {
        noteInterrupt(cause);
        String why = cause instanceof TimeoutException ? "no answer in time" : "interrupted";
        return new ObjectStoreException(RETRY, what + ": " + why, cause);
    }

    private static Exception noteInterrupt(Exception cause) {
        if (cause instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        return cause;
    }
}
