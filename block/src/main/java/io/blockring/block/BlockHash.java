package io.blockring.block;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A 128-bit hash: MurmurHash3, variant x64_128, seed 0.
 *
 * <p>It spreads blocks over the ring and over index tables. It is no protection against a forger: whoever finds a
 * block by its hash compares the whole key.
 *
 * @param high the first of the two 64-bit halves that the algorithm returns (h1)
 * @param low the second one (h2)
 */
public record BlockHash(long high, long low) {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long C1 = 0x87c37b91114253d5L;
    private static final long C2 = 0x4cf5ad432745937fL;

    /** The hash of all of {@code bytes}. */
    public static BlockHash of(byte[] bytes) {
        long h1 = 0;
        long h2 = 0;
        int whole = bytes.length & -16;
        for (int i = 0; i < whole; i += 16) {
            h1 = Long.rotateLeft(h1 ^ mixFirst((long) LONGS.get(bytes, i)), 27) + h2;
            h1 = h1 * 5 + 0x52dce729;
            h2 = Long.rotateLeft(h2 ^ mixSecond((long) LONGS.get(bytes, i + 8)), 31) + h1;
            h2 = h2 * 5 + 0x38495ab5;
        }
        h1 ^= mixFirst(tail(bytes, whole));
        h2 ^= mixSecond(tail(bytes, whole + 8));
        h1 ^= bytes.length;
        h2 ^= bytes.length;
        h1 += h2;
        h2 += h1;
        h1 = finish(h1);
        h2 = finish(h2);
        h1 += h2;
        h2 += h1;
        return new BlockHash(h1, h2);
    }

    /** The at most eight bytes from {@code start} on, little-endian; 0 when there are none. */
    private static long tail(byte[] bytes, int start) {
        long value = 0;
        int end = Math.min(bytes.length, start + 8);
        for (int i = end - 1; i >= start; i--) {
            value = value << 8 | Byte.toUnsignedLong(bytes[i]);
        }
        return value;
    }

    private static long mixFirst(long k) {
        return Long.rotateLeft(k * C1, 31) * C2;
    }

    private static long mixSecond(long k) {
        return Long.rotateLeft(k * C2, 33) * C1;
    }

    private static long finish(long h) {
        long mixed = (h ^ h >>> 33) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ mixed >>> 33;
    }

    @Override
    public String toString() {
        return "%016x%016x".formatted(high, low);
    }
}
