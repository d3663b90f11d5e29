package io.blockring.filesystem;

import io.blockring.objectstore.MemoryObjectStore;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Objects in memory, behind whatever trouble a test makes, and counts of what was asked. */
final class TroubledStore implements ObjectStore {
    /** What happens to a request for a key: it may wait, or fail. */
    @FunctionalInterface
    interface Trouble {
        void with(String key) throws ObjectStoreException;
    }

    static final Trouble NONE = _ -> {};

    private final ObjectStore inner = new MemoryObjectStore();
    private final LongAdder gets = new LongAdder();
    private final LongAdder gotBytes = new LongAdder();
    private final Map<String, Integer> puts = new ConcurrentHashMap<>();
    private volatile boolean keepsNothing;
    private volatile Trouble beforeGet = NONE;
    private volatile Trouble beforePut = NONE;
    private volatile Trouble afterPut = NONE;
    private volatile Trouble beforeDelete = NONE;

    static Trouble failing(ObjectStoreException.Kind kind) {
        return key -> {
            throw new ObjectStoreException(kind, "as the test wants it: " + key);
        };
    }

    void beforeGet(Trouble trouble) {
        beforeGet = trouble;
    }

    void beforePut(Trouble trouble) {
        beforePut = trouble;
    }

    void afterPut(Trouble trouble) {
        afterPut = trouble;
    }

    void beforeDelete(Trouble trouble) {
        beforeDelete = trouble;
    }

    /** From now on, what is put is gone. */
    void keepNothing() {
        keepsNothing = true;
    }

    long gets() {
        return gets.sum();
    }

    long gotBytes() {
        return gotBytes.sum();
    }

    Map<String, Integer> puts() {
        return puts;
    }

    @Override
    public ObjectContent get(String key, long offset, long length, @Nullable String ifMatch)
            throws ObjectStoreException {
        beforeGet.with(key);
        ObjectContent content = inner.get(key, offset, length, ifMatch);
        gets.increment();
        gotBytes.add(content.length());
        return content;
    }

    @Override
    public String put(String key, MemorySegment bytes, PutCondition condition) throws ObjectStoreException {
        beforePut.with(key);
        String eTag = keepsNothing ? "none" : inner.put(key, bytes, condition);
        puts.merge(key, 1, Integer::sum);
        afterPut.with(key);
        return eTag;
    }

    @Override
    public Optional<ObjectInfo> head(String key) throws ObjectStoreException {
        return inner.head(key);
    }

    @Override
    public List<ObjectInfo> list(String prefix, @Nullable String after, int limit) throws ObjectStoreException {
        return inner.list(prefix, after, limit);
    }

    @Override
    public void delete(String key) throws ObjectStoreException {
        beforeDelete.with(key);
        inner.delete(key);
    }

    @Override
    public void close() {}
}
