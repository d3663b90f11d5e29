package io.blockring.cacheclient;

import io.blockring.block.BlockKey;
import io.blockring.proto.blockprotocol.Answer;
import io.blockring.proto.blockprotocol.BlockProtocol;
import io.blockring.proto.blockprotocol.Extent;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A read of a whole block as it is stored, of a length that only its last node knows. What one node gave in part is
 * given up: the next one starts anew.
 */
final class StoredBytes implements WantedBytes {
    private final MemorySegment memory;
    private int arrivedTo;
    private boolean complete;
    private String node = "";
    private Answer.Source source = Answer.Source.NONE;

    StoredBytes(BlockKey key, Arena arena) {
        memory = arena.allocate(BlockProtocol.maxBytes(key));
    }

    @Override
    public void askedOf(String nodeName) {
        node = nodeName;
        arrivedTo = 0;
    }

    @Override
    public boolean isComplete() {
        return complete;
    }

    @Override
    public int missingFrom() {
        arrivedTo = 0;
        return 0;
    }

    @Override
    public int missingUnitBytes() {
        return 0;
    }

    @Override
    public MemorySegment room(int offset, int length) {
        return memory.asSlice(offset, length);
    }

    @Override
    public void arrived(int offset, int length, Extent extent) {
        arrivedTo = offset + length;
        source = extent.source();
    }

    @Override
    public void ended(Answer.Status status) {
        complete = status == Answer.Status.OK && arrivedTo > 0;
    }

    /** The whole block, once it is complete. */
    MemorySegment bytes() {
        return memory.asSlice(0, arrivedTo);
    }

    void countInto(ReadCounters counters, long bytesRead) {
        counters.fromNode(node, source, bytesRead);
    }
}
