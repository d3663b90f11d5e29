package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStore.PutCondition.ALWAYS;
import static io.blockring.objectstore.ObjectStore.PutCondition.IF_ABSENT;
import static io.blockring.objectstore.testing.Objects.assertFails;
import static io.blockring.objectstore.testing.Objects.bytes;
import static io.blockring.objectstore.testing.Objects.put;
import static io.blockring.objectstore.testing.Objects.someBytes;
import static io.blockring.objectstore.testing.Objects.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.objectstore.FaultyObjectStore.Rates;
import io.blockring.objectstore.ObjectStoreException.Kind;
import io.blockring.objectstore.testing.ObjectStoreContract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FaultyObjectStoreTest extends ObjectStoreContract {
    @Override
    protected ObjectStore open() {
        return new FaultyObjectStore(new MemoryObjectStore(), 1, Rates.NONE);
    }

    @Test
    void ofUnclearPutsSomeHaveHappened() throws Exception {
        var memory = new MemoryObjectStore();
        var store = new FaultyObjectStore(memory, 1, new Rates(0, Duration.ZERO, 0, 1000, 0, 0));
        for (int i = 0; i < 100; i++) {
            String key = "k" + i;
            assertFails(Kind.UNCLEAR, () -> put(store, key, "x", IF_ABSENT));
        }
        assertThat(memory.list("", null, 1000)).hasSizeBetween(20, 80);
    }

    @Test
    void aFlippedBitIsNotMentioned() throws Exception {
        byte[] bytes = someBytes(1000, 1);
        Seeds.forEach(20, random -> {
            var store = new FaultyObjectStore(new MemoryObjectStore(), random.nextLong(), Rates.NONE);
            put(store, "o", bytes, ALWAYS);
            store.become(new Rates(0, Duration.ZERO, 0, 0, 0, 1000));
            byte[] damaged = bytes(store, "o", 0, 1000, null);
            assertThat(bitsThatDiffer(bytes, damaged)).isEqualTo(1);
        });
    }

    @Test
    void equalSeedsFailAlike() throws Exception {
        assertThat(failures(7)).isEqualTo(failures(7)).isNotEqualTo(failures(8));
    }

    private static List<Boolean> failures(long seed) throws Exception {
        var store = new FaultyObjectStore(new MemoryObjectStore(), seed, Rates.NONE);
        put(store, "o", "text", ALWAYS);
        store.become(new Rates(0, Duration.ZERO, 300, 0, 300, 0));
        var failed = new ArrayList<Boolean>();
        for (int i = 0; i < 100; i++) {
            try {
                failed.add(!text(store, "o").equals("text"));
            } catch (ObjectStoreException e) {
                failed.add(true);
            }
        }
        return failed;
    }

    private static int bitsThatDiffer(byte[] one, byte[] other) {
        int count = 0;
        for (int i = 0; i < one.length; i++) {
            count += Integer.bitCount((one[i] ^ other[i]) & 0xFF);
        }
        return count;
    }
}
