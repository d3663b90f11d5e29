package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.RETRY;
import static io.blockring.objectstore.ObjectStoreException.Kind.UNCLEAR;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A store in which things go wrong, for tests; of one thread, the same things for the same seed. */
public final class FaultyObjectStore implements ObjectStore {
    /**
     * How many of a thousand chances are taken.
     *
     * @param delays calls that wait for up to {@code longestDelay}
     * @param retries calls that fail with RETRY and have no effect
     * @param unclears puts and deletes that fail with UNCLEAR; half of them have happened
     * @param truncations contents that fail with RETRY somewhere
     * @param flips contents with a bit that is wrong, of which nothing is said
     */
    public record Rates(int delays, Duration longestDelay, int retries, int unclears, int truncations, int flips) {
        public static final Rates NONE = new Rates(0, Duration.ZERO, 0, 0, 0, 0);
    }

    private static final int CHANCES = 1000;

    private final ObjectStore store;
    private final Random random;
    private volatile Rates rates;

    public FaultyObjectStore(ObjectStore store, long seed, Rates rates) {
        this.store = store;
        this.random = new Random(seed);
        this.rates = rates;
    }

    /** From now on that goes wrong. */
    public void become(Rates newRates) {
        rates = newRates;
    }

    @Override
    public ObjectContent get(String key, long offset, long length, @Nullable String ifMatch)
            throws ObjectStoreException {
        before("get '" + key + "'");
        ObjectContent content = store.get(key, offset, length, ifMatch);
        long end = happens(rates.truncations) ? somewhere(content.length()) : Long.MAX_VALUE;
        long flip = happens(rates.flips) ? somewhere(content.length()) : Long.MAX_VALUE;
        return new Content(content, end, flip);
    }

    @Override
    public String put(String key, MemorySegment bytes, PutCondition condition) throws ObjectStoreException {
        before("put '" + key + "'");
        if (!happens(rates.unclears)) {
            return store.put(key, bytes, condition);
        }
        if (happens(CHANCES / 2)) {
            store.put(key, bytes, condition);
        }
        throw new ObjectStoreException(UNCLEAR, "put '" + key + "': an injected fault");
    }

    @Override
    public Optional<ObjectInfo> head(String key) throws ObjectStoreException {
        before("head '" + key + "'");
        return store.head(key);
    }

    @Override
    public List<ObjectInfo> list(String prefix, @Nullable String after, int limit) throws ObjectStoreException {
        before("list '" + prefix + "'");
        return store.list(prefix, after, limit);
    }

    @Override
    public void delete(String key) throws ObjectStoreException {
        before("delete '" + key + "'");
        boolean unclear = happens(rates.unclears);
        if (!unclear || happens(CHANCES / 2)) {
            store.delete(key);
        }
        if (unclear) {
            throw new ObjectStoreException(UNCLEAR, "delete '" + key + "': an injected fault");
        }
    }

    @Override
    public void close() {
        store.close();
    }

    private void before(String what) throws ObjectStoreException {
        if (happens(rates.delays)) {
            delay(what);
        }
        if (happens(rates.retries)) {
            throw new ObjectStoreException(RETRY, what + ": an injected fault");
        }
    }

    private void delay(String what) throws ObjectStoreException {
        long nanos = somewhere(rates.longestDelay.toNanos() + 1);
        Deadline deadline = Deadline.in(rates.longestDelay);
        try {
            TimeUnit.NANOSECONDS.sleep(Math.min(nanos, deadline.remainingNanos()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ObjectStoreException(RETRY, what + ": interrupted", e);
        }
    }

    private boolean happens(int ofThousand) {
        return ofThousand > 0 && somewhere(CHANCES) < ofThousand;
    }

    private synchronized long somewhere(long end) {
        return random.nextLong(end);
    }

    private static final class Content implements ObjectContent {
        private final ObjectContent content;
        private final long end;
        private final long flip;
        private long done;

        Content(ObjectContent content, long end, long flip) {
            this.content = content;
            this.end = end;
            this.flip = flip;
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
            if (done == end) {
                throw new ObjectStoreException(RETRY, "an injected fault: the content ends after " + done + " bytes");
            }
            int count = content.read(into.asSlice(0, Math.min(into.byteSize(), end - done)));
            if (flip >= done && flip < done + count) {
                byte wrong = (byte) (into.get(ValueLayout.JAVA_BYTE, flip - done) ^ 1);
                into.set(ValueLayout.JAVA_BYTE, flip - done, wrong);
            }
            done += Math.max(0, count);
            return count;
        }

        @Override
        public void close() {
            content.close();
        }
    }
}
