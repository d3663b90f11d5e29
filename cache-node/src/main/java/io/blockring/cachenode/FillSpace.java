package io.blockring.cachenode;

import io.blockring.blockstore.BlockFill;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory that a block is fetched into, and whether the block is kept afterwards. */
sealed interface FillSpace extends AutoCloseable {
    MemorySegment buffer();

    /** Which fill it is; 0 when it will not be kept. */
    long generation();

    /** Keeps the block; false when that was not to be. */
    boolean commit(int[] checksums) throws IOException;

    @Override
    void close();

    /** Room in the block store. */
    record Kept(BlockFill fill) implements FillSpace {
        @Override
        public MemorySegment buffer() {
            return fill.buffer();
        }

        @Override
        public long generation() {
            return fill.generation();
        }

        @Override
        public boolean commit(int[] checksums) throws IOException {
            fill.commit(checksums);
            return true;
        }

        @Override
        public void close() {
            fill.close();
        }
    }

    /** Memory for as long as readers wait: the block store has no room. */
    record PassedThrough(Arena arena, MemorySegment buffer) implements FillSpace {
        static PassedThrough ofBytes(int bytes) {
            Arena arena = Arena.ofShared();
            return new PassedThrough(arena, arena.allocate(bytes));
        }

        @Override
        public long generation() {
            return 0;
        }

        @Override
        public boolean commit(int[] checksums) {
            return false;
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
