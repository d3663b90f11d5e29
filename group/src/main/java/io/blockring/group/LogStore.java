package io.blockring.group;

import io.blockring.objectstore.ObjectStoreException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a group log is kept: small values under keys, each of which can be created once.
 *
 * <p>Nothing here is repeated by itself: a create that went wrong may have happened, and only {@link LogWalk}, which
 * knows the nonce of its record, can find out. So an implementation has no retries, neither own ones nor an SDK's.
 */
public interface LogStore {
    /** The most bytes that a value has. */
    int MAX_VALUE_BYTES = 16 << 20;

    /** The most keys that one page of a listing has. */
    int MAX_PAGE = 1000;

    /**
     * Makes {@code value} the value of a key that has none; of many who try, one succeeds.
     *
     * @throws ObjectStoreException EXISTS when it has one; RETRY or UNCLEAR when it may have happened
     */
    void createIfAbsent(String key, byte[] value) throws ObjectStoreException;

    /** The value of a key; empty when it has none. What was created before is seen. */
    Optional<byte[]> read(String key) throws ObjectStoreException;

    /** Gives a key another value than it has. */
    void replace(String key, byte[] value) throws ObjectStoreException;

    /** Takes a key away; nothing happens when it is not there. Never done to a record. */
    void delete(String key) throws ObjectStoreException;

    /**
     * The keys that start with {@code prefix} and are behind {@code after}, in the order of their bytes.
     *
     * @return at most {@code limit} (1 to {@link #MAX_PAGE}); fewer only at the end
     */
    List<String> list(String prefix, @Nullable String after, int limit) throws ObjectStoreException;
}
