package io.blockring.group;

import io.blockring.objectstore.Credentials;
import io.blockring.objectstore.LocalObjectStore;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStore.ObjectContent;
import io.blockring.objectstore.ObjectStore.ObjectInfo;
import io.blockring.objectstore.ObjectStore.PutCondition;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.ObjectStoreException.Kind;
import io.blockring.objectstore.S3ObjectStore;
import io.blockring.objectstore.S3Settings;
import io.blockring.objectstore.StoreAddress;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A group log in an object store, which must be the bare one: without {@code RetryingObjectStore}. */
public final class ObjectLogStore implements LogStore, AutoCloseable {
    /** Records are small, and who waits for one has others to ask meanwhile. */
    private static final S3Settings S3 =
            new S3Settings(64, Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofSeconds(5));

    private final ObjectStore objects;

    /** @param objects the bare store; closed with this */
    public ObjectLogStore(ObjectStore objects) {
        this.objects = objects;
    }

    /**
     * Opens the bare store for a log. A bucket is not asked anything yet, a directory must be there.
     *
     * @param credentials needed for S3
     */
    public static ObjectLogStore open(StoreAddress address, @Nullable Credentials credentials)
            throws ObjectStoreException {
        return new ObjectLogStore(
                switch (address) {
                    case StoreAddress.S3 s3 -> {
                        if (credentials == null) {
                            throw new ObjectStoreException(
                                    Kind.DENIED, "no credentials for bucket '" + s3.bucket() + "' of the group log");
                        }
                        yield S3ObjectStore.open(s3, credentials, S3);
                    }
                    case StoreAddress.Directory directory -> LocalObjectStore.open(directory.path());
                });
    }

    @Override
    public void close() {
        objects.close();
    }

    @Override
    public void createIfAbsent(String key, byte[] value) throws ObjectStoreException {
        objects.put(key, MemorySegment.ofArray(value), PutCondition.IF_ABSENT);
    }

    @Override
    public Optional<byte[]> read(String key) throws ObjectStoreException {
        try (ObjectContent content = objects.get(key, 0, MAX_VALUE_BYTES + 1L, null)) {
            if (content.length() > MAX_VALUE_BYTES) {
                throw new ObjectStoreException(Kind.INVALID, key + " has more than " + MAX_VALUE_BYTES + " bytes");
            }
            return Optional.of(read(content));
        } catch (ObjectStoreException e) {
            boolean isEmpty = e.kind() == Kind.INVALID
                    && objects.head(key).filter(info -> info.bytes() == 0).isPresent();
            if (isEmpty) {
                return Optional.of(new byte[0]);
            }
            if (e.kind() == Kind.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static byte[] read(ObjectContent content) throws ObjectStoreException {
        byte[] value = new byte[(int) content.length()];
        int read = 0;
        while (read < value.length) {
            int count = content.read(MemorySegment.ofArray(value).asSlice(read));
            if (count < 0) {
                throw new ObjectStoreException(Kind.RETRY, "an object ended before its last byte");
            }
            read += count;
        }
        return value;
    }

    @Override
    public void replace(String key, byte[] value) throws ObjectStoreException {
        objects.put(key, MemorySegment.ofArray(value), PutCondition.ALWAYS);
    }

    @Override
    public void delete(String key) throws ObjectStoreException {
        objects.delete(key);
    }

    @Override
    public List<String> list(String prefix, @Nullable String after, int limit) throws ObjectStoreException {
        return objects.list(prefix, after, limit).stream().map(ObjectInfo::key).toList();
    }
}
