package io.blockring.cachenode;

import io.blockring.objectstore.MemoryObjectStore;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Objects in memory, with a say in how their bytes come. */
final class ScriptedStore implements ObjectStore {
    /** Called before each piece of an object is given; may wait or fail. */
    interface Pace {
        void beforePiece(String key, long position) throws ObjectStoreException;
    }

    final AtomicInteger gets = new AtomicInteger();
    volatile Pace pace = (key, position) -> {};
    volatile int pieceBytes = 100_000;
    private final MemoryObjectStore objects = new MemoryObjectStore();

    @Override
    public ObjectContent get(String key, long offset, long length, @Nullable String ifMatch)
            throws ObjectStoreException {
        gets.incrementAndGet();
        ObjectContent content = objects.get(key, offset, length, ifMatch);
        return new ObjectContent() {
            private long position = offset;

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
                pace.beforePiece(key, position);
                int read = content.read(into.asSlice(0, Math.min(into.byteSize(), pieceBytes)));
                position += Math.max(0, read);
                return read;
            }

            @Override
            public void close() {
                content.close();
            }
        };
    }

    @Override
    public String put(String key, MemorySegment bytes, PutCondition condition) throws ObjectStoreException {
        return objects.put(key, bytes, condition);
    }

    @Override
    public Optional<ObjectInfo> head(String key) throws ObjectStoreException {
        return objects.head(key);
    }

    @Override
    public List<ObjectInfo> list(String prefix, @Nullable String after, int limit) throws ObjectStoreException {
        return objects.list(prefix, after, limit);
    }

    @Override
    public void delete(String key) throws ObjectStoreException {
        objects.delete(key);
    }

    @Override
    public void close() {}
}
