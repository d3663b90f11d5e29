package io.blockring.hashring;

/**
 * Logarithms to base 2 in integer arithmetic: the same bits on every machine, which {@code Math.log} does not promise.
 *
 * <p>A result is a fixed-point number with {@link #FRACTION_BITS} bits behind the point. The whole part is the place
 * of the highest bit. The rest comes from a table of the logarithms of 1 + i / 4096, between two of which a straight
 * line is drawn; that is off by less than 2^-26.
 */
final class BinaryLogarithm {
    static final int FRACTION_BITS = 40;

    private static final int TABLE_BITS = 12;
    private static final int STEP_BITS = 32;
    private static final long[] TABLE = table();

    private BinaryLogarithm() {}

    /** log2 of {@code x}, an unsigned number of at least 1. */
    static long of(long x) {
        int zeros = Long.numberOfLeadingZeros(x);
        long fraction = x << zeros << 1; // what stands behind the highest bit, from bit 63 down
        int entry = (int) (fraction >>> (Long.SIZE - TABLE_BITS));
        long step = fraction << TABLE_BITS >>> (Long.SIZE - STEP_BITS);
        long rise = TABLE[entry + 1] - TABLE[entry];
        return ((long) (Long.SIZE - 1 - zeros) << FRACTION_BITS) + TABLE[entry] + ((rise * step) >>> STEP_BITS);
    }

    private static long[] table() {
        int entries = 1 << TABLE_BITS;
        long[] table = new long[entries + 1];
        for (int i = 0; i < entries; i++) {
            table[i] = bySquaring(Long.MIN_VALUE + ((long) i << (Long.SIZE - 1 - TABLE_BITS)));
        }
        table[entries] = 1L << FRACTION_BITS;
        return table;
    }

    /**
     * The logarithm of a number from 1 up to 2, bit after bit: squaring doubles a logarithm, and it has passed 1 when
     * the square has passed 2 (Knuth, The Art of Computer Programming, vol. 1, exercise 1.2.2-25 and its neighbours).
     *
     * @param y unsigned, with 63 bits behind the point
     */
    private static long bySquaring(long y) {
        long logarithm = 0;
        long rest = y;
        for (int bit = 0; bit < FRACTION_BITS; bit++) {
            rest = Math.unsignedMultiplyHigh(rest, rest); // now with 62 bits behind the point
            boolean passedTwo = rest < 0;
            logarithm = logarithm << 1 | (passedTwo ? 1 : 0);
            rest = passedTwo ? rest : rest << 1;
        }
        return logarithm;
    }
}
