package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.CHANGED;
import static io.blockring.objectstore.ObjectStoreException.Kind.EXISTS;
import static io.blockring.objectstore.ObjectStoreException.Kind.NOT_FOUND;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Objects on the heap of this process: for tests, and as the model of what a store does. It keeps what it is given. */
public final class MemoryObjectStore implements ObjectStore {
    private record Version(MemorySegment bytes, String eTag, Instant modified) {}

    private final ConcurrentSkipListMap<String, Version> objects = new ConcurrentSkipListMap<>(ObjectKeys.BY_BYTES);
    private final AtomicLong lastVersion = new AtomicLong();

    @Override
    public ObjectContent get(String key, long offset, long length, @Nullable String ifMatch)
            throws ObjectStoreException {
        ObjectKeys.checkRange(key, offset, length);
        Version version = objects.get(key);
        if (version == null) {
            throw new ObjectStoreException(NOT_FOUND, "no object '" + key + "'");
        }
        if (ifMatch != null && !ifMatch.equals(version.eTag)) {
            throw new ObjectStoreException(CHANGED, "'" + key + "' is at version " + version.eTag + " now");
        }
        long existing = ObjectKeys.existing(key, offset, length, version.bytes.byteSize());
        return new Content(version.bytes.asSlice(offset, existing), version.eTag);
    }

    @Override
    public String put(String key, MemorySegment bytes, PutCondition condition) throws ObjectStoreException {
        ObjectKeys.check(key);
        var version = new Version(
                MemorySegment.ofArray(bytes.toArray(ValueLayout.JAVA_BYTE)).asReadOnly(),
                "v" + lastVersion.incrementAndGet(),
                Instant.now());
        if (condition == PutCondition.ALWAYS) {
            objects.put(key, version);
        } else if (objects.putIfAbsent(key, version) != null) {
            throw new ObjectStoreException(EXISTS, "'" + key + "' is there");
        }
        return version.eTag;
    }

    @Override
    public Optional<ObjectInfo> head(String key) throws ObjectStoreException {
        ObjectKeys.check(key);
        return Optional.ofNullable(objects.get(key)).map(version -> info(key, version));
    }

    @Override
    public List<ObjectInfo> list(String prefix, @Nullable String after, int limit) throws ObjectStoreException {
        ObjectKeys.checkPage(prefix, after, limit);
        boolean afterIsLater = after != null && ObjectKeys.BY_BYTES.compare(after, prefix) >= 0;
        var page = new ArrayList<ObjectInfo>();
        for (var object :
                objects.tailMap(afterIsLater ? after : prefix, !afterIsLater).entrySet()) {
            if (page.size() == limit || !object.getKey().startsWith(prefix)) {
                break;
            }
            page.add(info(object.getKey(), object.getValue()));
        }
        return List.copyOf(page);
    }

    @Override
    public void delete(String key) throws ObjectStoreException {
        ObjectKeys.check(key);
        objects.remove(key);
    }

    @Override
    public void close() {}

    private static ObjectInfo info(String key, Version version) {
        return new ObjectInfo(key, version.bytes.byteSize(), version.eTag, version.modified);
    }

    private static final class Content implements ObjectContent {
        private final MemorySegment bytes;
        private final String eTag;
        private long position;
        private boolean closed;

        Content(MemorySegment bytes, String eTag) {
            this.bytes = bytes;
            this.eTag = eTag;
        }

        @Override
        public long length() {
            return bytes.byteSize();
        }

        @Override
        public String eTag() {
            return eTag;
        }

        @Override
        public int read(MemorySegment into) {
            int wanted = ReadStep.bytes(into, length() - position, closed);
            if (wanted < 0) {
                return -1;
            }
            MemorySegment.copy(bytes, position, into, 0, wanted);
            position += wanted;
            return wanted;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
