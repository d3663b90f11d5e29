package io.blockring.blockstore;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/**
 * An off-heap hash table with linear probing, for one thread at a time. An entry:
 *
 * <pre>
 * 0  u64  fingerprint, low
 * 8  u64  bits 0 to 39: place, that is segment and slot
 *         40 to 47: age, see {@link BlockAges}
 *         48 to 60: fingerprint, high
 *         61 and 62: flags
 *         63: taken
 * </pre>
 *
 * <p>It grows by 15 percent when it is full by 80, so that a block takes 20 to 24 bytes of it; it does not shrink.
 */
final class BlockEntries implements AutoCloseable {
    static final int ENTRY_BYTES = 16;

    /** The bytes of the block have proven to be whole. */
    static final long PROVEN = 1L << 61;
    /** The block was used since the hand came by. */
    static final long USED = 1L << 62;

    private static final int INITIAL_BUCKETS = 32;
    private static final int MOST_FULL_PERCENT = 80;
    private static final int GROWTH_PERCENT = 115;
    private static final long PLACE_MASK = (1L << Segment.PLACE_BITS) - 1;
    private static final int AGE_SHIFT = Segment.PLACE_BITS;
    private static final long AGE_MASK = (BlockAges.AGES - 1L) << AGE_SHIFT;
    private static final int HIGH_SHIFT = 48;
    private static final long TAKEN = 1L << 63;
    /** What tells blocks of one low half apart. */
    private static final long HIGH_MASK = ((1L << Fingerprint.HIGH_BITS) - 1) << HIGH_SHIFT;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private Arena arena = Arena.ofShared();
    private MemorySegment entries = arena.allocate((long) INITIAL_BUCKETS * ENTRY_BYTES, Long.BYTES);
    private int buckets = INITIAL_BUCKETS;
    private int count;

    /** Makes room for that many blocks, so that it need not grow on the way there. */
    void expect(long blocks) {
        int needed = Math.toIntExact(blocks * 100 / MOST_FULL_PERCENT + 1);
        if (needed > buckets) {
            resize(needed);
        }
    }

    /** Buckets are numbered from 0; which one a block is in changes when any block comes or goes. */
    int buckets() {
        return buckets;
    }

    int count() {
        return count;
    }

    /** Native memory that it takes. */
    long bytes() {
        return entries.byteSize();
    }

    /** The bucket of the block, or -1. */
    int find(Fingerprint block) {
        long high = (long) block.high() << HIGH_SHIFT;
        int bucket = home(block.low());
        while (isTaken(bucket)) {
            if (low(bucket) == block.low() && (word(bucket) & HIGH_MASK) == high) {
                return bucket;
            }
            bucket = after(bucket);
        }
        return -1;
    }

    /** Puts a block in that is not there. */
    void insert(Fingerprint block, long place, int age, long flags) {
        if ((count + 1L) * 100 > (long) buckets * MOST_FULL_PERCENT) {
            resize(Math.max(buckets + INITIAL_BUCKETS, (int) ((long) buckets * GROWTH_PERCENT / 100)));
        }
        put(block.low(), place | (long) age << AGE_SHIFT | (long) block.high() << HIGH_SHIFT | flags | TAKEN);
        count++;
    }

    /** Empties the bucket; others may move to it or away from where they are. */
    void remove(int bucket) {
        count--;
        int hole = bucket;
        for (int next = after(hole); isTaken(next); next = after(next)) {
            if (distance(home(low(next)), next) >= distance(hole, next)) {
                MemorySegment.copy(entries, at(next), entries, at(hole), ENTRY_BYTES);
                hole = next;
            }
        }
        entries.set(LONG, at(hole) + Long.BYTES, 0);
    }

    boolean isTaken(int bucket) {
        return word(bucket) < 0;
    }

    Fingerprint fingerprint(int bucket) {
        return copiedBlock(low(bucket), word(bucket));
    }

    long place(int bucket) {
        return word(bucket) & PLACE_MASK;
    }

    int age(int bucket) {
        return copiedAge(word(bucket));
    }

    void setAge(int bucket, int age) {
        entries.set(LONG, at(bucket) + Long.BYTES, (word(bucket) & ~AGE_MASK) | (long) age << AGE_SHIFT);
    }

    boolean has(int bucket, long flag) {
        return (word(bucket) & flag) != 0;
    }

    void set(int bucket, long flag) {
        entries.set(LONG, at(bucket) + Long.BYTES, word(bucket) | flag);
    }

    void clear(int bucket, long flag) {
        entries.set(LONG, at(bucket) + Long.BYTES, word(bucket) & ~flag);
    }

    /** All entries, one after the other, big-endian. */
    ByteBuffer copy() {
        ByteBuffer copied = ByteBuffer.allocate(count * ENTRY_BYTES);
        for (int bucket = 0; bucket < buckets; bucket++) {
            if (isTaken(bucket)) {
                copied.putLong(low(bucket)).putLong(word(bucket));
            }
        }
        return copied.flip();
    }

    /** What {@link #copy} made of an entry: its block. */
    static Fingerprint copiedBlock(long low, long word) {
        return new Fingerprint(low, (int) ((word & HIGH_MASK) >>> HIGH_SHIFT));
    }

    /** Its place. */
    static long copiedPlace(long word) {
        return word & PLACE_MASK;
    }

    /** Its age. */
    static int copiedAge(long word) {
        return (int) ((word & AGE_MASK) >>> AGE_SHIFT);
    }

    /** {@link #USED}, if it was. */
    static long copiedUse(long word) {
        return word & USED;
    }

    @Override
    public void close() {
        arena.close();
    }

    private void resize(int newBuckets) {
        MemorySegment old = entries;
        int oldBuckets = buckets;
        Arena oldArena = arena;
        arena = Arena.ofShared();
        buckets = newBuckets;
        entries = arena.allocate((long) buckets * ENTRY_BYTES, Long.BYTES);
        for (int i = 0; i < oldBuckets; i++) {
            long word = old.get(LONG, at(i) + Long.BYTES);
            if (word < 0) {
                put(old.get(LONG, at(i)), word);
            }
        }
        oldArena.close();
    }

    private void put(long low, long word) {
        int bucket = home(low);
        while (isTaken(bucket)) {
            bucket = after(bucket);
        }
        entries.set(LONG, at(bucket), low);
        entries.set(LONG, at(bucket) + Long.BYTES, word);
    }

    /** The first bits of the low half choose the directory and its last ones the shard: those between are even here. */
    private int home(long low) {
        return (int) Math.unsignedMultiplyHigh(low << DirectoryChoice.BITS, buckets);
    }

    private int after(int bucket) {
        return bucket + 1 == buckets ? 0 : bucket + 1;
    }

    /** How many steps it is from a bucket to another. */
    private int distance(int from, int to) {
        return to >= from ? to - from : to - from + buckets;
    }

    private long low(int bucket) {
        return entries.get(LONG, at(bucket));
    }

    private long word(int bucket) {
        return entries.get(LONG, at(bucket) + Long.BYTES);
    }

    private static long at(int bucket) {
        return (long) bucket * ENTRY_BYTES;
    }
}
