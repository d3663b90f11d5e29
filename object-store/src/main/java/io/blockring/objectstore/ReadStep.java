package io.blockring.objectstore;

import java.lang.foreign.MemorySegment;

/** The rules of one {@code ObjectContent.read}, the same for all contents. */
final class ReadStep {
    private ReadStep() {}

    /** The most bytes that this read may bring, or -1 when none remain. */
    static int bytes(MemorySegment into, long remaining, boolean closed) {
        if (closed) {
            throw new IllegalStateException("this content was closed");
        }
        if (into.byteSize() == 0) {
            throw new IllegalArgumentException("a read needs room for a byte");
        }
        return remaining == 0 ? -1 : (int) Math.min(Math.min(into.byteSize(), remaining), Integer.MAX_VALUE);
    }
}
