package io.blockring.blockstore;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Buffers outside the heap, by size class and used again, within a limit that counts the free ones too. */
final class NativeBuffers implements AutoCloseable {
    private static final SizeClass LEAST_CLASS = SizeClass.of(16 << 10);
    private static final int PAGE_BYTES = 4096;

    /** A buffer; its arena lives until the pool gives the memory back. */
    record Buffer(Arena arena, MemorySegment bytes) {
        long byteSize() {
            return bytes.byteSize();
        }
    }

    private final long limit;
    private final Map<Long, Deque<Buffer>> free = new HashMap<>();
    private long allocatedBytes;
    private long takenBytes;
    private boolean closed;

    NativeBuffers(long limit) {
        this.limit = limit;
    }

    /** How many bytes a buffer for {@code byteCount} bytes takes. */
    static long sizeFor(int byteCount) {
        return Math.max(LEAST_CLASS.payloadBytes(), SizeClass.of(byteCount).payloadBytes());
    }

    /** A buffer of {@link #sizeFor} bytes, or null when the limit leaves no room for it. */
    synchronized @Nullable Buffer take(int byteCount) {
        long size = sizeFor(byteCount);
        if (closed || takenBytes + size > limit) {
            return null;
        }
        Deque<Buffer> fitting = free.get(size);
        Buffer buffer = fitting == null ? null : fitting.poll();
        if (buffer == null) {
            makeRoom(size);
            var arena = Arena.ofShared();
            buffer = new Buffer(arena, arena.allocate(size, PAGE_BYTES));
            allocatedBytes += size;
        }
        takenBytes += size;
        return buffer;
    }

    synchronized void give(Buffer buffer) {
        takenBytes -= buffer.byteSize();
        if (closed) {
            discard(buffer);
        } else {
            free.computeIfAbsent(buffer.byteSize(), _ -> new ArrayDeque<>()).push(buffer);
        }
    }

    synchronized long takenBytes() {
        return takenBytes;
    }

    synchronized long allocatedBytes() {
        return allocatedBytes;
    }

    /** Gives the free buffers back; those that are out follow when they are given. */
    @Override
    public synchronized void close() {
        closed = true;
        free.values().forEach(buffers -> buffers.forEach(this::discard));
        free.clear();
    }

    private void makeRoom(long size) {
        for (Deque<Buffer> buffers : free.values()) {
            while (allocatedBytes + size > limit && !buffers.isEmpty()) {
                discard(buffers.pop());
            }
        }
    }

    private void discard(Buffer buffer) {
        allocatedBytes -= buffer.byteSize();
        buffer.arena().close();
    }
}
