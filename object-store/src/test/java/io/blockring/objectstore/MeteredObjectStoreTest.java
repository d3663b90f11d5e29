package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStore.PutCondition.ALWAYS;
import static io.blockring.objectstore.ObjectStore.PutCondition.IF_ABSENT;
import static io.blockring.objectstore.testing.Objects.assertFails;
import static io.blockring.objectstore.testing.Objects.put;
import static io.blockring.objectstore.testing.Objects.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.objectstore.FaultyObjectStore.Rates;
import io.blockring.objectstore.ObjectStoreException.Kind;
import io.blockring.objectstore.StoreUsage.Calls;
import io.blockring.objectstore.StoreUsage.Method;
import io.blockring.objectstore.testing.ObjectStoreContract;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class MeteredObjectStoreTest extends ObjectStoreContract {
    private final StoreMeter meter = new StoreMeter();

    @Override
    protected ObjectStore open() {
        return new MeteredObjectStore(new MemoryObjectStore(), meter);
    }

    @Test
    void everyCallIsCountedWithItsBytesAndItsFailure() throws Exception {
        put(store(), "a", "12345", IF_ABSENT);
        assertFails(Kind.EXISTS, () -> put(store(), "a", "67", IF_ABSENT));
        text(store(), "a");
        assertFails(Kind.NOT_FOUND, () -> text(store(), "b"));
        store().head("a");
        store().list("", null, 10);
        store().list("", null, 10);
        store().delete("a");

        StoreUsage usage = meter.usage();
        assertCalls(usage.of(Method.PUT), 2, 5, Kind.EXISTS);
        assertCalls(usage.of(Method.GET), 2, 5, Kind.NOT_FOUND);
        assertThat(usage.of(Method.HEAD).begun()).isEqualTo(1);
        assertThat(usage.of(Method.LIST).begun()).isEqualTo(2);
        assertThat(usage.of(Method.DELETE).begun()).isEqualTo(1);
    }

    @Test
    void aContentThatBreaksOffIsAFailureToo() throws Exception {
        var faulty = new FaultyObjectStore(new MemoryObjectStore(), 1, new Rates(0, Duration.ZERO, 0, 0, 1000, 0));
        try (var store = new MeteredObjectStore(faulty, meter)) {
            put(store, "a", "0123456789", ALWAYS);
            assertFails(Kind.RETRY, () -> text(store, "a"));
        }
        Calls gets = meter.usage().of(Method.GET);
        assertThat(gets.begun()).isEqualTo(1);
        assertThat(gets.errors()).containsEntry(Kind.RETRY, 1L);
        assertThat(gets.bytes()).isLessThan(10);
    }

    @Test
    void aLatencyFallsIntoTheBucketOfItsPowerOfTwo() {
        assertThat(StoreMeter.bucketOf(0)).isZero();
        assertThat(StoreMeter.bucketOf(1_999)).isZero();
        assertThat(StoreMeter.bucketOf(2_000)).isEqualTo(1);
        assertThat(StoreMeter.bucketOf(1_024_000)).isEqualTo(10);
        assertThat(StoreMeter.bucketOf(Long.MAX_VALUE)).isEqualTo(StoreMeter.LATENCY_BUCKETS - 1);
    }

    private static void assertCalls(Calls calls, long begun, long bytes, Kind failedOnceWith) {
        assertThat(calls.begun()).isEqualTo(begun);
        assertThat(calls.bytes()).isEqualTo(bytes);
        assertThat(calls.errors().get(failedOnceWith)).isEqualTo(1);
        assertThat(calls.errors().values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(1);
        assertThat(calls.latencies().stream().mapToLong(Long::longValue).sum()).isEqualTo(begun);
    }
}
