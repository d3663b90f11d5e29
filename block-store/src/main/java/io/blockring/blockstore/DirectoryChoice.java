package io.blockring.blockstore;

import io.blockring.block.BlockHash;
import java.util.List;

/**
 * Which directory has a block: by its hash, each directory in proportion to its bytes.
 *
 * <p>When the list or the sizes change, some blocks are looked for in another place than where they are: these misses
 * cost a fill, and the old copies are evicted in their time.
 */
final class DirectoryChoice {
    /** So many bits, the first ones of a hash's low half, choose. */
    static final int BITS = 16;

    private static final int STEPS = 1 << BITS;

    /** For each directory the first step that is not its own. */
    private final int[] ends;

    DirectoryChoice(List<Long> bytes) {
        ends = new int[bytes.size()];
        double sum = bytes.stream().mapToDouble(Long::doubleValue).sum();
        double before = 0;
        for (int i = 0; i < ends.length; i++) {
            before += bytes.get(i);
            ends[i] = (int) Math.round(before / sum * STEPS);
        }
    }

    int of(BlockHash hash) {
        int step = (int) (hash.low() >>> (Long.SIZE - BITS));
        int directory = 0;
        while (step >= ends[directory]) {
            directory++;
        }
        return directory;
    }
}
