package io.blockring.objectstore.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStore.ObjectContent;
import io.blockring.objectstore.ObjectStore.PutCondition;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.ObjectStoreException.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/** Objects as arrays and strings, for tests. */
public final class Objects {
    private Objects() {}

    /** {@code count} bytes that differ from one seed to another. */
    public static byte[] someBytes(int count, long seed) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Puts a text; returns its ETag. */
    public static String put(ObjectStore store, String key, String text, PutCondition condition)
            throws ObjectStoreException {
        return put(store, key, text.getBytes(StandardCharsets.UTF_8), condition);
    }

    /** Puts bytes from native memory that is gone right after; returns the object's ETag. */
    public static String put(ObjectStore store, String key, byte[] bytes, PutCondition condition)
            throws ObjectStoreException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = arena.allocate(Math.max(1, bytes.length)).asSlice(0, bytes.length);
            source.copyFrom(MemorySegment.ofArray(bytes));
            return store.put(key, source, condition);
        }
    }

    /** The text of a whole object. */
    public static String text(ObjectStore store, String key) throws ObjectStoreException {
        return new String(bytes(store, key, 0, Long.MAX_VALUE, null), StandardCharsets.UTF_8);
    }

    /** What a range of an object has. */
    public static byte[] bytes(ObjectStore store, String key, long offset, long length, @Nullable String ifMatch)
            throws ObjectStoreException {
        try (ObjectContent content = store.get(key, offset, length, ifMatch)) {
            return remaining(content, (int) content.length());
        }
    }

    /** The last {@code count} bytes of a content, which must end behind them. */
    public static byte[] remaining(ObjectContent content, int count) throws ObjectStoreException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(count + 1L);
            int done = 0;
            for (int read; (read = content.read(into.asSlice(done))) >= 0; done += read) {
                assertThat(read).isPositive();
            }
            assertThat(done).isEqualTo(count);
            return into.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** Checks that a call fails in the way that tells its caller what to do. */
    public static void assertFails(Kind kind, ThrowingCallable call) {
        var failure = catchThrowableOfType(ObjectStoreException.class, call);
        assertThat(failure).as("an exception of kind " + kind).isNotNull();
        assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(kind);
    }
}
