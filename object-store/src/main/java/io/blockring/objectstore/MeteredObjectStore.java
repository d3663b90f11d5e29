package io.blockring.objectstore;

import io.blockring.objectstore.StoreUsage.Method;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tells a {@link StoreMeter} of every call. Next to the store itself it counts what the store was asked, repeats too. */
public final class MeteredObjectStore implements ObjectStore {
    private interface Call<T> {
        T call() throws ObjectStoreException;
    }

    private final ObjectStore store;
    private final StoreMeter meter;

    public MeteredObjectStore(ObjectStore store, StoreMeter meter) {
        this.store = store;
        this.meter = meter;
    }

    @Override
    public ObjectContent get(String key, long offset, long length, @Nullable String ifMatch)
            throws ObjectStoreException {
        return new Content(metered(Method.GET, () -> store.get(key, offset, length, ifMatch)));
    }

    @Override
    public String put(String key, MemorySegment bytes, PutCondition condition) throws ObjectStoreException {
        String eTag = metered(Method.PUT, () -> store.put(key, bytes, condition));
        meter.moved(Method.PUT, bytes.byteSize());
        return eTag;
    }

    @Override
    public Optional<ObjectInfo> head(String key) throws ObjectStoreException {
        return metered(Method.HEAD, () -> store.head(key));
    }

    @Override
    public List<ObjectInfo> list(String prefix, @Nullable String after, int limit) throws ObjectStoreException {
        return metered(Method.LIST, () -> store.list(prefix, after, limit));
    }

    @Override
    public void delete(String key) throws ObjectStoreException {
        metered(Method.DELETE, () -> {
            store.delete(key);
            return key;
        });
    }

    @Override
    public void close() {
        store.close();
    }

    private <T> T metered(Method method, Call<T> call) throws ObjectStoreException {
        meter.begun(method);
        long startNanos = System.nanoTime();
        try {
            return call.call();
        } catch (ObjectStoreException e) {
            meter.failed(method, e.kind());
            throw e;
        } finally {
            meter.ended(method, System.nanoTime() - startNanos);
        }
    }

    private final class Content implements ObjectContent {
        private final ObjectContent content;

        Content(ObjectContent content) {
            this.content = content;
        }

        @Override
        public long length() {
            return content.length();
        }

        @Override
        public String eTag() {
            return content.eTag();
        }

        @Override
        public int read(MemorySegment into) throws ObjectStoreException {
            try {
                int count = content.read(into);
                meter.moved(Method.GET, Math.max(0, count));
                return count;
            } catch (ObjectStoreException e) {
                meter.failed(Method.GET, e.kind());
                throw e;
            }
        }

        @Override
        public void close() {
            content.close();
        }
    }
}
