package io.blockring.fuseclient;

import io.blockring.meta.Attr;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Remembers which attributes the kernel was told last, so that an open needs to make it forget them only where they
 * differ.
 *
 * <p>A table of fixed size with one fingerprint per slot and no keys: an inode that lost its slot to another one
 * counts as differing, which costs one GETATTR. Two different states do not look equal, but for a chance of 2^-64.
 */
final class ToldAttributes {
    private static final int SLOTS = 1 << 16;
    private static final long GOLDEN_RATIO = 0x9E37_79B9_7F4A_7C15L;

    private final AtomicLongArray fingerprints = new AtomicLongArray(SLOTS);

    void told(long inode, Attr attr) {
        fingerprints.set(slotOf(inode), fingerprint(inode, attr));
    }

    boolean isLastTold(long inode, Attr attr) {
        return fingerprints.get(slotOf(inode)) == fingerprint(inode, attr);
    }

    private static int slotOf(long inode) {
        return (int) (mixed(inode) & (SLOTS - 1));
    }

    private static long fingerprint(long inode, Attr attr) {
        long hash = mixed(inode);
        hash = mixed(hash ^ attr.length());
        hash = mixed(hash ^ attr.mtime().seconds());
        hash = mixed(hash ^ attr.ctime().seconds());
        return mixed(hash
                ^ ((long) attr.mtime().nanos() << Integer.SIZE | attr.ctime().nanos()));
    }

    /** The finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators). */
    private static long mixed(long value) {
        long z = value + GOLDEN_RATIO;
        z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return z ^ (z >>> 31);
    }
}
