package io.blockring.cachenode;

import io.blockring.proto.asking.BlockSink;
import io.blockring.proto.blockprotocol.Answer;
import io.blockring.proto.blockprotocol.Extent;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Takes the bytes of a block; offsets are those in the block. */
final class Received implements BlockSink {
    private final MemorySegment bytes = Arena.ofAuto().allocate(TestNode.BLOCK_BYTES);
    private volatile int arrivedTo;
    private volatile int extents;
    private volatile Answer.Source source = Answer.Source.NONE;
    private int lastExtentAt = -1;

    @Override
    public MemorySegment room(int offset, int length) {
        return bytes.asSlice(offset, length);
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // Only the reading thread writes; the test looks on.
    public void arrived(int offset, int length, Extent extent) {
        if (lastExtentAt != extent.offset()) {
            lastExtentAt = extent.offset();
            extents++;
        }
        source = extent.source();
        arrivedTo = offset + length;
    }

    int arrivedTo() {
        return arrivedTo;
    }

    int extents() {
        return extents;
    }

    Answer.Source source() {
        return source;
    }

    byte[] bytes(int from, int to) {
        return bytes.asSlice(from, to - from).toArray(ValueLayout.JAVA_BYTE);
    }

    byte[] bytes() {
        return bytes(0, TestNode.BLOCK_BYTES);
    }
}
