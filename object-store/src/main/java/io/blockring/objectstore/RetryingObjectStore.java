package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.CHANGED;
import static io.blockring.objectstore.ObjectStoreException.Kind.RETRY;
import static io.blockring.objectstore.ObjectStoreException.Kind.UNCLEAR;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Repeats what may be repeated, until it succeeds or its deadline comes.
 *
 * <ul>
 *   <li>RETRY, which had no effect, always.
 *   <li>UNCLEAR when it does not matter whether it happened: the same object put again (ALWAYS), a key deleted again
 *       (keys are not used twice). If the deadline comes after that, the failure is UNCLEAR, whatever the last one was.
 *   <li>UNCLEAR of a put IF_ABSENT never: the next attempt could find the object of this one and call it another's. Who
 *       put it reads it and compares: the group log a record's nonce, a writer of blocks its size or bytes. Only then
 *       it puts again. And EXISTS may be the echo of an attempt that the store refused and took all the same, so
 *       that too is read before it is believed to be another's.
 *   <li>A content that ends early goes on where it stopped, by If-Match on the ETag that it began with: a reader gets
 *       the bytes of one version or CHANGED.
 * </ul>
 *
 * <p>While the store is down readers are told so soon: once a read has failed at its deadline, others are given up
 * early until the store answers again. A write keeps its whole deadline, as what it carries may be nowhere else.
 */
public final class RetryingObjectStore implements ObjectStore {
    private interface Attempt<T> extends ScopedValue.CallableOp<T, ObjectStoreException> {}

    private final ObjectStore store;
    private final RetrySettings settings;
    private volatile boolean down;

    public RetryingObjectStore(ObjectStore store, RetrySettings settings) {
        this.store = store;
        this.settings = settings;
    }

    @Override
    public ObjectContent get(String key, long offset, long length, @Nullable String ifMatch)
            throws ObjectStoreException {
        return new ResumedContent(key, offset, repeatRead(() -> store.get(key, offset, length, ifMatch)));
    }

    @Override
    public String put(String key, MemorySegment bytes, PutCondition condition) throws ObjectStoreException {
        return repeat(() -> store.put(key, bytes, condition), condition == PutCondition.ALWAYS);
    }

    @Override
    public Optional<ObjectInfo> head(String key) throws ObjectStoreException {
        return repeat(() -> store.head(key), false);
    }

    @Override
    public List<ObjectInfo> list(String prefix, @Nullable String after, int limit) throws ObjectStoreException {
        return repeat(() -> store.list(prefix, after, limit), false);
    }

    @Override
    public void delete(String key) throws ObjectStoreException {
        repeat(
                () -> {
                    store.delete(key);
                    return key;
                },
                true);
    }

    @Override
    public void close() {
        store.close();
    }

    private <T> T repeatRead(Attempt<T> attempt) throws ObjectStoreException {
        long start = System.nanoTime();
        try {
            return repeat(attempt, new Tries(false, down ? settings.whileDown() : settings.deadline()));
        } catch (ObjectStoreException e) {
            // A caller with less time than that has learned nothing of the store.
            if (e.kind() == RETRY
                    && System.nanoTime() - start >= settings.whileDown().toNanos()) {
                down = true;
            }
            throw e;
        }
    }

    private <T> T repeat(Attempt<T> attempt, boolean alsoWhenUnclear) throws ObjectStoreException {
        return repeat(attempt, new Tries(alsoWhenUnclear, settings.deadline()));
    }

    private <T> T repeat(Attempt<T> attempt, Tries tries) throws ObjectStoreException {
        while (true) {
            try {
                T result = tries.deadline.call(attempt);
                if (down) {
                    down = false;
                }
                return result;
            } catch (ObjectStoreException e) {
                tries.pauseAfter(e);
            }
        }
    }

    /** The attempts of one call. */
    private final class Tries {
        private final Deadline deadline;
        private final boolean alsoWhenUnclear;
        private long pauseNanos = settings.firstPause().toNanos();
        private @Nullable ObjectStoreException unclear;

        Tries(boolean alsoWhenUnclear, Duration atMost) {
            this.alsoWhenUnclear = alsoWhenUnclear;
            this.deadline = Deadline.in(atMost);
        }

        /** Waits until it is time for the next attempt; throws when there is to be none. */
        void pauseAfter(ObjectStoreException failure) throws ObjectStoreException {
            if (failure.kind() == UNCLEAR) {
                unclear = failure;
            }
            if (failure.kind() != RETRY && !(failure.kind() == UNCLEAR && alsoWhenUnclear)) {
                throw failure;
            }
            long nanos = pauseNanos / 2 + ThreadLocalRandom.current().nextLong(pauseNanos / 2 + 1);
            pauseNanos = Math.min(pauseNanos * 2, settings.longestPause().toNanos());
            if (nanos >= deadline.remainingNanos()) {
                throw given(failure);
            }
            try {
                TimeUnit.NANOSECONDS.sleep(nanos);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw given(failure);
            }
        }

        /** What the caller gets to know of all that was tried. */
        private ObjectStoreException given(ObjectStoreException last) {
            return unclear == null ? last : unclear;
        }
    }

    private final class ResumedContent implements ObjectContent {
        private final String key;
        private final long offset;
        private final long length;
        private final String eTag;
        private @Nullable ObjectContent current;
        private long done;
        private boolean closed;

        ResumedContent(String key, long offset, ObjectContent first) {
            this.key = key;
            this.offset = offset;
            this.length = first.length();
            this.eTag = first.eTag();
            this.current = first;
        }

        @Override
        public long length() {
            return length;
        }

        @Override
        public String eTag() {
            return eTag;
        }

        @Override
        public int read(MemorySegment into) throws ObjectStoreException {
            if (ReadStep.bytes(into, length - done, closed) < 0) {
                return -1;
            }
            int count = repeatRead(() -> readOnce(into));
            done += count;
            return count;
        }

        @Override
        public void close() {
            closed = true;
            closeCurrent();
        }

        private int readOnce(MemorySegment into) throws ObjectStoreException {
            ObjectContent content = current == null ? resume() : current;
            current = content;
            try {
                return content.read(into);
            } catch (ObjectStoreException e) {
                closeCurrent();
                throw e;
            }
        }

        private ObjectContent resume() throws ObjectStoreException {
            ObjectContent rest = store.get(key, offset + done, length - done, eTag);
            if (rest.length() == length - done) {
                return rest;
            }
            rest.close();
            throw new ObjectStoreException(CHANGED, "'" + key + "' has another length than when its reader began");
        }

        private void closeCurrent() {
            if (current != null) {
                current.close();
                current = null;
            }
        }
    }
}
