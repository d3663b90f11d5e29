package io.blockring.cacheclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.block.BlockKey;
import io.blockring.block.testing.Seeds;
import io.blockring.objectstore.MemoryObjectStore;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.ObjectStoreException.Kind;
import io.blockring.objectstore.VolumeLayout;
import io.blockring.objectstore.codec.BlockCodec;
import io.blockring.objectstore.codec.Compression;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BlockWriterTest {
    private static final int BLOCK_BYTES = 700_000;
    private static final String NAME = "lab/chunks/0/0/1_0_" + BLOCK_BYTES;
    private static final BlockKey.Slice KEY = new BlockKey.Slice(1, 1, 1, 0, BLOCK_BYTES, BlockKey.Form.PLAIN);

    private static void write(ObjectStore store, MemorySegment block) throws IOException {
        write(store, BlockCodec.PLAIN, block);
    }

    private static void write(ObjectStore store, BlockCodec codec, MemorySegment block) throws IOException {
        var layout = new VolumeLayout("lab", false, codec.compression(), codec.form());
        var writer = new BlockWriter(new BlockObjects(store, layout, codec));
        writer.write(KEY, codec.encode(block, Arena.ofAuto()), block);
    }

    @Test
    void aBlockIsNeverChanged() throws IOException {
        var store = new MemoryObjectStore();
        write(store, bytes(1));
        write(store, bytes(1));
        assertThatThrownBy(() -> write(store, bytes(2)))
                .isInstanceOfSatisfying(
                        ObjectStoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.EXISTS))
                .hasMessageContaining("same slice id");
        assertThat(content(store)).isEqualTo(bytes(1).toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void aBlockIsKnownAgainHoweverItsObjectWasMade() throws IOException {
        for (Compression compression : Compression.values()) {
            var store = new MemoryObjectStore();
            BlockCodec codec = BlockCodec.of(compression);
            write(store, codec, bytes(1));
            byte[] object = content(store);
            write(store, codec, bytes(1));
            for (long other : new long[] {2, 3}) {
                assertThatThrownBy(() -> write(store, codec, bytes(other))).hasMessageContaining("same slice id");
            }
            assertThat(content(store)).isEqualTo(object);
        }
    }

    @Test
    void whateverIsUnclearTheBlockIsThereWhenTheWriteReturns() {
        Seeds.forEach(100, random -> {
            var store = new UnclearStore(random);
            try {
                write(store, bytes(1));
                assertThat(content(store.objects)).isEqualTo(bytes(1).toArray(ValueLayout.JAVA_BYTE));
            } catch (ObjectStoreException e) {
                assertThat(e.kind()).isEqualTo(Kind.UNCLEAR);
                assertThat(store.puts).isEqualTo(3);
            }
        });
    }

    @Test
    void aStoreWithoutConditionalPutsIsWrittenWithoutThem() throws IOException {
        var store = new UnclearStore(new Random(1)) {
            @Override
            public String put(String key, MemorySegment bytes, PutCondition condition) throws ObjectStoreException {
                if (condition == PutCondition.IF_ABSENT) {
                    throw new ObjectStoreException(Kind.INVALID, "501");
                }
                return objects.put(key, bytes, condition);
            }
        };
        write(store, bytes(1));
        assertThat(content(store.objects)).isEqualTo(bytes(1).toArray(ValueLayout.JAVA_BYTE));
    }

    private static MemorySegment bytes(long seed) {
        byte[] bytes = new byte[BLOCK_BYTES];
        new Random(seed).nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }

    private static byte[] content(ObjectStore store) throws IOException {
        try (var content = store.get(NAME, 0, 1 << 20, null)) {
            byte[] bytes = new byte[(int) content.length()];
            MemorySegment into = MemorySegment.ofArray(bytes);
            int at = 0;
            while (at < bytes.length) {
                at += content.read(into.asSlice(at));
            }
            return bytes;
        }
    }

    /** Puts fail half of the time, and have happened in half of these cases. */
    private static class UnclearStore implements ObjectStore {
        final MemoryObjectStore objects = new MemoryObjectStore();
        private final Random random;
        private int puts;

        UnclearStore(Random random) {
            this.random = random;
        }

        @Override
        public String put(String key, MemorySegment bytes, PutCondition condition) throws ObjectStoreException {
            puts++;
            if (random.nextBoolean()) {
                return objects.put(key, bytes, condition);
            }
            if (random.nextBoolean()) {
                objects.put(key, bytes, condition);
            }
            throw new ObjectStoreException(Kind.UNCLEAR, "who knows");
        }

        @Override
        public ObjectContent get(String key, long offset, long length, @Nullable String ifMatch)
                throws ObjectStoreException {
            return objects.get(key, offset, length, ifMatch);
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
}
