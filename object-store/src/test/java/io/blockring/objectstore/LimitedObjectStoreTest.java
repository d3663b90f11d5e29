package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStore.PutCondition.ALWAYS;
import static io.blockring.objectstore.testing.Objects.assertFails;
import static io.blockring.objectstore.testing.Objects.put;
import static io.blockring.objectstore.testing.Objects.someBytes;
import static io.blockring.objectstore.testing.Objects.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.blockring.objectstore.ObjectStore.ObjectContent;
import io.blockring.objectstore.ObjectStoreException.Kind;
import io.blockring.objectstore.testing.ObjectStoreContract;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LimitedObjectStoreTest extends ObjectStoreContract {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Override
    protected ObjectStore open() {
        var limits = new StoreLimits(4, 2L << 30, 2L << 30, Duration.ofSeconds(30));
        return new LimitedObjectStore(new MemoryObjectStore(), limits);
    }

    @Test
    void anOpenContentTakesAPlaceUntilItIsClosedOrRead() throws Exception {
        var limits = new StoreLimits(1, StoreLimits.UNLIMITED, StoreLimits.UNLIMITED, Duration.ofMillis(50));
        try (var store = new LimitedObjectStore(new MemoryObjectStore(), limits)) {
            put(store, "o", "12", ALWAYS);
            ObjectContent content = store.get("o", 0, 2, null);
            content.read(MemorySegment.ofArray(new byte[1]));
            assertFails(Kind.RETRY, () -> store.head("o"));
            content.read(MemorySegment.ofArray(new byte[1]));
            assertThat(store.head("o")).isPresent();
            content.close();
            store.get("o", 0, 2, null).close();
            assertFails(Kind.NOT_FOUND, () -> store.get("none", 0, 2, null));
            assertThat(text(store, "o")).isEqualTo("12");
        }
    }

    @Test
    void whoWouldWaitTooLongForBandwidthIsToldSo() throws Exception {
        var limits = new StoreLimits(9, 1000, 1000, Duration.ofMillis(100));
        try (var store = new LimitedObjectStore(new MemoryObjectStore(), limits)) {
            put(store, "o", someBytes(10_000, 1), ALWAYS);
            assertFails(Kind.RETRY, () -> put(store, "p", "x", ALWAYS));
            try (ObjectContent content = store.get("o", 0, 10_000, null)) {
                content.read(MemorySegment.ofArray(new byte[10_000]));
            }
            assertFails(Kind.RETRY, () -> text(store, "o"));
            assertThat(store.head("o")).isPresent();
        }
    }

    @Test
    void bytesPassAtTheirRate() {
        var rate = new ByteRate(1000);
        assertThat(rate.reserve(500, 0)).isZero();
        assertThat(rate.reserve(500, 0)).isEqualTo(SECOND / 2);
        assertThat(rate.reserve(2000, SECOND / 4)).isEqualTo(SECOND * 3 / 4);
        assertThat(rate.waitNanos(SECOND)).isEqualTo(SECOND * 2);
        rate.giveBack(1000);
        assertThat(rate.waitNanos(SECOND)).isEqualTo(SECOND);
        assertThat(rate.reserve(1, SECOND * 60))
                .as("an idle time is not saved up")
                .isZero();
        assertThat(rate.waitNanos(SECOND * 60)).isEqualTo(SECOND / 1000);
    }

    @Test
    void limitsAreOneOrMore() {
        assertThatIllegalArgumentException().isThrownBy(() -> new StoreLimits(0, 1, 1, Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> new StoreLimits(1, 0, 1, Duration.ZERO));
    }
}
