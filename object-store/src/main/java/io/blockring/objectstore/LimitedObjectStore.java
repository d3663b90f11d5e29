package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.RETRY;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Holds calls back to what {@link StoreLimits} allow. A content takes a place until it is read to its end or closed. */
public final class LimitedObjectStore implements ObjectStore {
    /** What a read may bring at once, so that many readers take turns. */
    static final int MAX_READ_BYTES = 64 << 10;

    private interface Call<T> {
        T call() throws ObjectStoreException;
    }

    private final ObjectStore store;
    private final StoreLimits limits;
    private final Semaphore places;
    private final ByteRate reads;
    private final ByteRate writes;

    public LimitedObjectStore(ObjectStore store, StoreLimits limits) {
        this.store = store;
        this.limits = limits;
        places = new Semaphore(limits.concurrentCalls(), true);
        reads = new ByteRate(limits.readBytesPerSecond());
        writes = new ByteRate(limits.writeBytesPerSecond());
    }

    @Override
    public ObjectContent get(String key, long offset, long length, @Nullable String ifMatch)
            throws ObjectStoreException {
        takePlace(Deadline.in(limits.longestWait()));
        ObjectContent content = null;
        try {
            content = new Content(store.get(key, offset, length, ifMatch));
            return content;
        } finally {
            if (content == null) {
                places.release();
            }
        }
    }

    @Override
    public String put(String key, MemorySegment bytes, PutCondition condition) throws ObjectStoreException {
        return inPlace(() -> {
            awaitTurn(writes, bytes.byteSize());
            return store.put(key, bytes, condition);
        });
    }

    @Override
    public Optional<ObjectInfo> head(String key) throws ObjectStoreException {
        return inPlace(() -> store.head(key));
    }

    @Override
    public List<ObjectInfo> list(String prefix, @Nullable String after, int limit) throws ObjectStoreException {
        return inPlace(() -> store.list(prefix, after, limit));
    }

    @Override
    public void delete(String key) throws ObjectStoreException {
        inPlace(() -> {
            store.delete(key);
            return key;
        });
    }

    @Override
    public void close() {
        store.close();
    }

    private <T> T inPlace(Call<T> call) throws ObjectStoreException {
        takePlace(Deadline.in(limits.longestWait()));
        try {
            return call.call();
        } finally {
            places.release();
        }
    }

    private void takePlace(Deadline deadline) throws ObjectStoreException {
        try {
            if (!places.tryAcquire(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
                throw new ObjectStoreException(RETRY, "too many calls to this store: " + limits.concurrentCalls());
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void awaitTurn(ByteRate rate, long bytes) throws ObjectStoreException {
        Deadline deadline = Deadline.in(limits.longestWait());
        if (rate.waitNanos(System.nanoTime()) > deadline.remainingNanos()) {
            throw new ObjectStoreException(RETRY, "this store's bandwidth is used up");
        }
        try {
            TimeUnit.NANOSECONDS.sleep(rate.reserve(bytes, System.nanoTime()));
        } catch (InterruptedException e) {
            rate.giveBack(bytes);
            throw interrupted(e);
        }
    }

    private static ObjectStoreException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new ObjectStoreException(RETRY, "interrupted", cause);
    }

    private final class Content implements ObjectContent {
        private final ObjectContent content;
        private long remaining;
        private boolean released;

        Content(ObjectContent content) {
            this.content = content;
            remaining = content.length();
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
            if (remaining == 0 || into.byteSize() == 0) {
                return content.read(into);
            }
            int wanted = (int) Math.min(Math.min(into.byteSize(), remaining), MAX_READ_BYTES);
            awaitTurn(reads, wanted);
            int count = 0;
            try {
                count = content.read(into.asSlice(0, wanted));
            } finally {
                reads.giveBack(wanted - Math.max(0, count));
            }
            remaining -= count;
            if (remaining == 0) {
                release();
            }
            return count;
        }

        @Override
        public void close() {
            content.close();
            release();
        }

        private void release() {
            if (!released) {
                released = true;
                places.release();
            }
        }
    }
}
