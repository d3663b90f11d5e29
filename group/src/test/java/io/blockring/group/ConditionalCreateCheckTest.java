package io.blockring.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.group.GroupLogException.Kind;
import io.blockring.objectstore.LocalObjectStore;
import io.blockring.objectstore.MemoryObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConditionalCreateCheckTest {
    private static final String PREFIX = "train/check/1/";

    /** A store whose create-if-absent is broken in some way. */
    private abstract static class BrokenStore implements LogStore {
        final TestLogStore values = new TestLogStore();

        @Override
        public Optional<byte[]> read(String key) throws ObjectStoreException {
            return values.read(key);
        }

        @Override
        public void replace(String key, byte[] value) throws ObjectStoreException {
            values.replace(key, value);
        }

        @Override
        public void delete(String key) throws ObjectStoreException {
            values.delete(key);
        }

        @Override
        public List<String> list(String prefix, @Nullable String after, int limit) throws ObjectStoreException {
            return values.list(prefix, after, limit);
        }
    }

    @Test
    void storesThatLetOneWinPassAndNothingIsLeftBehind(@TempDir Path folder) throws Exception {
        TestLogStore counted = new TestLogStore();
        try (MemoryObjectStore memory = new MemoryObjectStore();
                LocalObjectStore local = LocalObjectStore.open(folder)) {
            for (LogStore store : List.of(counted, new ObjectLogStore(memory), new ObjectLogStore(local))) {
                ConditionalCreateCheck.run(store, PREFIX);
                assertThat(store.list("train/", null, 10)).isEmpty();
            }
        }
        assertThat(counted.asked()).isGreaterThan(ConditionalCreateCheck.KEYS * ConditionalCreateCheck.CREATORS);
    }

    @Test
    void aStoreThatIgnoresTheConditionIsRefused() throws Exception {
        checkRefused(
                new BrokenStore() {
                    @Override
                    public void createIfAbsent(String key, byte[] value) throws ObjectStoreException {
                        values.replace(key, value);
                    }
                },
                "writers created the same object");
    }

    @Test
    void aStoreThatLetsTwoWinOnceInAWhileIsRefused() throws Exception {
        checkRefused(
                new BrokenStore() {
                    private final AtomicInteger creates = new AtomicInteger();

                    @Override
                    public void createIfAbsent(String key, byte[] value) throws ObjectStoreException {
                        if (creates.incrementAndGet() == 777) {
                            values.replace(key, value);
                        } else {
                            values.createIfAbsent(key, value);
                        }
                    }
                },
                "");
    }

    @Test
    void aStoreThatSaysYesAndKeepsAnotherIsRefused() throws Exception {
        checkRefused(
                new BrokenStore() {
                    @Override
                    public void createIfAbsent(String key, byte[] value) throws ObjectStoreException {
                        byte[] other = value.clone();
                        other[0]++;
                        values.createIfAbsent(key, other);
                    }
                },
                "another writer's is");
    }

    @Test
    void aStoreThatAnswersNobodyIsUnreachableAndOneThatDeniesIsUnfit() {
        TestLogStore store = new TestLogStore();
        store.setDown(ObjectStoreException.Kind.DENIED);
        assertThatThrownBy(() -> ConditionalCreateCheck.run(store, PREFIX))
                .isInstanceOfSatisfying(
                        GroupLogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNFIT_STORE));
        BrokenStore silent = new BrokenStore() {
            @Override
            public void createIfAbsent(String key, byte[] value) throws ObjectStoreException {
                throw new ObjectStoreException(ObjectStoreException.Kind.UNCLEAR, "no answer");
            }
        };
        assertThatThrownBy(() -> ConditionalCreateCheck.run(silent, PREFIX))
                .isInstanceOfSatisfying(
                        GroupLogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE));
    }

    private static void checkRefused(LogStore store, String why) throws Exception {
        GroupAdmin admin = new GroupAdmin(store, SomeGroup.NAME);
        assertThatThrownBy(() -> admin.create(GroupSettings.DEFAULT))
                .hasMessageContaining(why)
                .isInstanceOfSatisfying(
                        GroupLogException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNFIT_STORE));
        assertThat(store.list("train/", null, 10)).isEmpty();
    }
}
