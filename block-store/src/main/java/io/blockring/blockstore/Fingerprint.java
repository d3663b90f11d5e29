package io.blockring.blockstore;

import io.blockring.block.BlockHash;

/**
 * What the table and the index of a disk tier know a block by: 77 bits of its hash.
 *
 * <p>Of 50 million blocks two have the same with a chance of one in 10^8. Then one of them is not kept: whoever finds
 * a slot compares the whole key in its header.
 *
 * @param low the low half of the hash
 * @param high the last {@value #HIGH_BITS} bits of its high half
 */
record Fingerprint(long low, int high) {
    static final int HIGH_BITS = 13;

    static Fingerprint of(BlockHash hash) {
        return new Fingerprint(hash.low(), (int) hash.high() & ((1 << HIGH_BITS) - 1));
    }

    @Override
    public String toString() {
        return "%016x%04x".formatted(low, high);
    }
}
