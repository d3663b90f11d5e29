package io.blockring.group;

import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStore.ObjectInfo;
import io.blockring.objectstore.ObjectStore.PutCondition;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.ObjectStoreException.Kind;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A group log in an object store, which must be the bare one: without {@code RetryingObjectStore}. */
public final class ObjectLogStore implements LogStore {
    private final ObjectStore objects;

    public ObjectLogStore(ObjectStore objects) {
        this.objects = objects;
    }

    @Override
    public void createIfAbsent(String key, byte[] value) throws ObjectStoreException {
        objects.put(key, MemorySegment.ofArray(value), PutCondition.IF_ABSENT);
    }

    @Override
    public Optional<byte[]> read(String key) throws ObjectStoreException {
        Optional<ObjectInfo> info = objects.head(key);
        if (info.isEmpty()) {
            return Optional.empty();
        }
        if (info.get().bytes() > MAX_VALUE_BYTES) {
            throw new ObjectStoreException(
                    Kind.INVALID, key + " has " + info.get().bytes() + " bytes, more than " + MAX_VALUE_BYTES);
        }
        return Optional.of(read(info.get()));
    }

    private byte[] read(ObjectInfo info) throws ObjectStoreException {
        byte[] value = new byte[(int) info.bytes()];
        if (value.length == 0) {
            return value;
        }
        int read = 0;
        try (var content = objects.get(info.key(), 0, value.length, info.eTag())) {
            int count = 0;
            while (count >= 0 && read < value.length) {
                read += count;
                count = read < value.length
                        ? content.read(MemorySegment.ofArray(value).asSlice(read))
                        : 0;
            }
        }
        return Arrays.copyOf(value, read);
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
