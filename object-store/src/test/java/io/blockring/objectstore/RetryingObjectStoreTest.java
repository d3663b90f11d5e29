package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStore.PutCondition.ALWAYS;
import static io.blockring.objectstore.ObjectStore.PutCondition.IF_ABSENT;
import static io.blockring.objectstore.testing.Objects.assertFails;
import static io.blockring.objectstore.testing.Objects.bytes;
import static io.blockring.objectstore.testing.Objects.put;
import static io.blockring.objectstore.testing.Objects.someBytes;
import static io.blockring.objectstore.testing.Objects.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.objectstore.FaultyObjectStore.Rates;
import io.blockring.objectstore.ObjectStore.ObjectContent;
import io.blockring.objectstore.ObjectStoreException.Kind;
import io.blockring.objectstore.testing.ObjectStoreContract;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Over a store that fails every fifth call and breaks every other content off, it still does what stores do. */
class RetryingObjectStoreTest extends ObjectStoreContract {
    private static final RetrySettings FAST =
            new RetrySettings(Duration.ofSeconds(20), Duration.ofNanos(1000), Duration.ofMillis(1), Duration.ZERO);
    private static final RetrySettings SHORT =
            new RetrySettings(Duration.ofMillis(200), Duration.ofMillis(1), Duration.ofMillis(5), Duration.ZERO);

    @Override
    protected ObjectStore open() {
        var rates = new Rates(0, Duration.ZERO, 200, 0, 500, 0);
        return new RetryingObjectStore(new FaultyObjectStore(new MemoryObjectStore(), 1, rates), FAST);
    }

    @Test
    void aPutOfUnclearFateIsOnlyRepeatedWhenThatCannotMatter() throws Exception {
        var script = new ScriptedStore();
        try (var store = new RetryingObjectStore(script, FAST)) {
            script.failures.add(Kind.UNCLEAR);
            assertFails(Kind.UNCLEAR, () -> put(store, "log/1", "mine", IF_ABSENT));
            assertThat(script.attempts).isEqualTo(1);

            script.failures.addAll(List.of(Kind.RETRY, Kind.UNCLEAR, Kind.RETRY));
            put(store, "status", "running", ALWAYS);
            assertThat(script.attempts).isEqualTo(5);

            script.failures.addAll(List.of(Kind.UNCLEAR, Kind.RETRY));
            store.delete("status");
            assertThat(script.attempts).isEqualTo(8);
        }
    }

    @Test
    void whatWasOnceUnclearStaysSo() throws Exception {
        var script = new ScriptedStore();
        try (var store = new RetryingObjectStore(script, SHORT)) {
            script.failures.add(Kind.UNCLEAR);
            script.thenAlways = Kind.RETRY;
            assertFails(Kind.UNCLEAR, () -> put(store, "status", "running", ALWAYS));
        }
    }

    @Test
    void onlyWhatMayPassIsRepeated() throws Exception {
        for (Kind kind : Kind.values()) {
            var script = new ScriptedStore();
            try (var store = new RetryingObjectStore(script, FAST)) {
                script.failures.add(kind);
                if (kind == Kind.RETRY) {
                    assertThat(store.head("a")).isEmpty();
                    assertThat(script.attempts).isEqualTo(2);
                } else {
                    assertFails(kind, () -> store.head("a"));
                    assertThat(script.attempts).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void theDeadlineEndsIt() throws Exception {
        var script = new ScriptedStore();
        script.thenAlways = Kind.RETRY;
        try (var store = new RetryingObjectStore(script, SHORT)) {
            long start = System.nanoTime();
            assertFails(Kind.RETRY, () -> store.head("a"));
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(100), Duration.ofSeconds(5));
            assertThat(script.attempts).isBetween(10, 300);
        }
    }

    @Test
    void whileTheStoreIsDownReadersAreToldSoonAndWritersTryOn() throws Exception {
        var script = new ScriptedStore();
        try (var store = new RetryingObjectStore(script, SHORT)) {
            script.thenAlways = Kind.RETRY;
            assertFails(Kind.RETRY, () -> text(store, "a"));
            assertThat(script.attempts).isGreaterThan(5);

            script.attempts = 0;
            assertFails(Kind.RETRY, () -> text(store, "a"));
            assertThat(script.attempts).as("known to be down").isEqualTo(1);
            assertFails(Kind.RETRY, () -> put(store, "a", "x", ALWAYS));
            assertThat(script.attempts).as("a write").isGreaterThan(5);

            script.thenAlways = null;
            put(store, "a", "x", ALWAYS);
            script.thenAlways = Kind.RETRY;
            script.attempts = 0;
            assertFails(Kind.RETRY, () -> text(store, "a"));
            assertThat(script.attempts).as("it had answered again").isGreaterThan(5);
        }
    }

    @Test
    void anAttemptIsToldOfTheDeadlineThatItIsPartOf() throws Exception {
        var memory = new MemoryObjectStore();
        put(memory, "a", "x", ALWAYS);
        var slow = new FaultyObjectStore(memory, 1, new Rates(1000, Duration.ofMinutes(10), 1000, 0, 0, 0));
        try (var store = new RetryingObjectStore(slow, SHORT)) {
            long start = System.nanoTime();
            assertFails(Kind.RETRY, () -> text(store, "a"));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void anInterruptEndsIt() throws Exception {
        var script = new ScriptedStore();
        script.thenAlways = Kind.RETRY;
        try (var store = new RetryingObjectStore(script, FAST)) {
            Thread.currentThread().interrupt();
            assertFails(Kind.RETRY, () -> store.head("a"));
            assertThat(Thread.interrupted()).isTrue();
            assertThat(script.attempts).isEqualTo(1);
        }
    }

    @Test
    void aContentThatBreaksOffGoesOnWhereItStopped() throws Exception {
        var meter = new StoreMeter();
        byte[] bytes = someBytes(1_000_000, 1);
        var memory = new MemoryObjectStore();
        put(memory, "o", bytes, ALWAYS);
        var faulty = new FaultyObjectStore(memory, 2, new Rates(0, Duration.ZERO, 0, 0, 1000, 0));
        try (var store = new RetryingObjectStore(new MeteredObjectStore(faulty, meter), FAST)) {
            byte[] into = new byte[bytes.length];
            int done = 0;
            try (ObjectContent content = store.get("o", 0, bytes.length, null)) {
                while (done < bytes.length - 1) {
                    done += content.read(
                            MemorySegment.ofArray(into).asSlice(done, Math.min(1000, bytes.length - 1 - done)));
                }
            }
            assertThat(Arrays.copyOf(into, done)).isEqualTo(Arrays.copyOf(bytes, done));
        }
        StoreUsage.Calls gets = meter.usage().of(StoreUsage.Method.GET);
        assertThat(gets.begun()).isGreaterThan(2);
        assertThat(gets.bytes()).as("no byte is fetched twice").isEqualTo(bytes.length - 1);
    }

    @Test
    void aContentDoesNotGoOnInAnotherVersion() throws Exception {
        var memory = new MemoryObjectStore();
        put(memory, "o", someBytes(1000, 1), ALWAYS);
        var faulty = new FaultyObjectStore(memory, 3, new Rates(0, Duration.ZERO, 0, 0, 1000, 0));
        try (var store = new RetryingObjectStore(faulty, FAST);
                ObjectContent content = store.get("o", 0, 1000, null)) {
            put(memory, "o", someBytes(1000, 2), ALWAYS);
            byte[] into = new byte[1000];
            assertFails(Kind.CHANGED, () -> {
                for (int done = 0; done < into.length; ) {
                    done += content.read(MemorySegment.ofArray(into).asSlice(done));
                }
            });
        }
    }

    @Test
    void aRangeIsResumedWithinItself() throws Exception {
        byte[] bytes = someBytes(10_000, 4);
        put(store(), key("o"), bytes, ALWAYS);
        for (int offset = 0; offset < 9000; offset += 777) {
            assertThat(bytes(store(), key("o"), offset, 1000, null))
                    .isEqualTo(Arrays.copyOfRange(bytes, offset, offset + 1000));
        }
    }

    /** Fails as told, then does as an empty store. */
    private static final class ScriptedStore implements ObjectStore {
        private final ObjectStore store = new MemoryObjectStore();
        private final Deque<Kind> failures = new ArrayDeque<>();
        private @Nullable Kind thenAlways;
        private int attempts;

        private void attempt() throws ObjectStoreException {
            attempts++;
            Kind failure = failures.isEmpty() ? thenAlways : failures.remove();
            if (failure != null) {
                throw new ObjectStoreException(failure, "as told");
            }
        }

        @Override
        public ObjectContent get(String key, long offset, long length, @Nullable String ifMatch)
                throws ObjectStoreException {
            attempt();
            return store.get(key, offset, length, ifMatch);
        }

        @Override
        public String put(String key, MemorySegment bytes, PutCondition condition) throws ObjectStoreException {
            attempt();
            return store.put(key, bytes, condition);
        }

        @Override
        public java.util.Optional<ObjectInfo> head(String key) throws ObjectStoreException {
            attempt();
            return store.head(key);
        }

        @Override
        public List<ObjectInfo> list(String prefix, @Nullable String after, int limit) throws ObjectStoreException {
            attempt();
            return store.list(prefix, after, limit);
        }

        @Override
        public void delete(String key) throws ObjectStoreException {
            attempt();
            store.delete(key);
        }

        @Override
        public void close() {
            store.close();
        }
    }
}
