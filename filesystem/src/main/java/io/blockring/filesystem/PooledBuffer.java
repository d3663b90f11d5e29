package io.blockring.filesystem;

import io.blockring.block.BlockMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Native memory that {@link BufferPool} lends; whoever has it is its only owner until it is given back. */
final class PooledBuffer {
    private final Arena arena;
    private final MemorySegment bytes;

    /** Whether it is lent; guarded by the pool. */
    private boolean lent = true;

    private PooledBuffer(Arena arena, MemorySegment bytes) {
        this.arena = arena;
        this.bytes = bytes;
    }

    static PooledBuffer allocate(int bytes) {
        Arena arena = Arena.ofShared();
        return new PooledBuffer(arena, BlockMemory.allocate(arena, bytes));
    }

    /** All of its memory; what it held before is still in it. */
    MemorySegment bytes() {
        return bytes;
    }

    int capacity() {
        return (int) bytes.byteSize();
    }

    /** Notes who has it now; a buffer that is given back twice would be written by two. */
    void lend(boolean nowLent) {
        if (lent == nowLent) {
            throw new IllegalStateException(lent ? "a buffer is lent twice" : "a buffer is given back twice");
        }
        lent = nowLent;
    }

    void free() {
        arena.close();
    }
}
