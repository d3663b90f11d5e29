package io.blockring.objectstore;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Immutable objects under keys: S3, a local directory, or memory.
 *
 * <p>Keys are 1 to 1024 bytes of UTF-8 with {@code /} between their parts, none of them empty, {@code .} or
 * {@code ..}, and without control characters. Every method blocks the calling thread, for no longer than the deadline that the store (or the wrapper
 * {@code RetryingObjectStore}) was given, and fails with {@link ObjectStoreException}, whose kind says what the
 * caller must do. An interrupt ends it early. Safe for use by many threads.
 */
public interface ObjectStore extends AutoCloseable {
    /** The most keys that one page of a listing has. */
    int MAX_PAGE = 1000;

    /**
     * Opens {@code length} bytes of an object from {@code offset} on, as they arrive; fewer when it ends before.
     *
     * @param ifMatch the ETag that the object must have, or null for any
     * @throws ObjectStoreException NOT_FOUND; CHANGED when it has another ETag; INVALID when it has no byte at
     *     {@code offset}
     */
    ObjectContent get(String key, long offset, long length, @Nullable String ifMatch) throws ObjectStoreException;

    /**
     * Makes {@code bytes} the object of that key: whole or not at all, durable when this returns.
     *
     * @return the ETag of the object
     * @throws ObjectStoreException EXISTS when it must be absent and is not; UNCLEAR when nobody knows whether it
     *     happened (ask before repeating)
     */
    String put(String key, MemorySegment bytes, PutCondition condition) throws ObjectStoreException;

    /** What is known of an object without its bytes; empty when there is none. */
    Optional<ObjectInfo> head(String key) throws ObjectStoreException;

    /**
     * The objects whose keys start with {@code prefix} and are behind {@code after}, in the order of their UTF-8
     * bytes.
     *
     * @param after null starts at the first one
     * @return at most {@code limit} (1 to {@link #MAX_PAGE}); fewer only at the end
     */
    List<ObjectInfo> list(String prefix, @Nullable String after, int limit) throws ObjectStoreException;

    /** Takes an object away; nothing happens when there is none. */
    void delete(String key) throws ObjectStoreException;

    @Override
    void close();

    enum PutCondition {
        ALWAYS,
        /** Only if no object has the key; of many who try, one succeeds. */
        IF_ABSENT
    }

    /**
     * One object; its ETag, the version of its bytes, stands without quotes.
     *
     * @param modified when it was put, by the clock of the store; {@link Instant#MAX} where the store does not say
     */
    record ObjectInfo(String key, long bytes, String eTag, Instant modified) {}

    /** The bytes of an object on their way. Closing it early gives the connection up. */
    interface ObjectContent extends AutoCloseable {
        /** How many bytes of the asked range exist. */
        long length();

        String eTag();

        /**
         * Fills the start of {@code into} with bytes that follow those read before.
         *
         * @return how many, at least 1; or -1 when all {@link #length} bytes were read
         * @throws ObjectStoreException RETRY when the connection ended before the last byte
         */
        int read(MemorySegment into) throws ObjectStoreException;

        @Override
        void close();
    }

    /** How long one call may take, with all that it repeats. */
    Duration DEFAULT_DEADLINE = Duration.ofSeconds(30);
}
