package io.blockring.cacheclient;

import io.blockring.block.BlockChecksums;
import io.blockring.proto.blockprotocol.Answer;
import io.blockring.proto.blockprotocol.Extent;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A read of part of a block, widened to whole checksum units, and how far it has come.
 *
 * <p>Units that lie in the range go straight to the caller's memory. Only a first and a last unit that the range cuts
 * pass through memory of their own. What arrived is right and stays, whoever gives the rest.
 *
 * <pre>
 * block     |  unit  |  unit  |  unit  |  unit  |
 * range         [ - - - - - - - - - - - - ]
 * asked     [ first  | into   | into   | last   ]
 * </pre>
 */
final class UnitRange implements WantedBytes, AutoCloseable {
    private static final int UNIT = BlockChecksums.UNIT_BYTES;

    private record Tally(String node, Answer.Source source, long bytes) {}

    private final ScratchUnits scratch;
    private final int offset;
    private final int end;
    private final int askedFrom;
    private final int askedTo;
    private final MemorySegment into;
    /** Where the units start that lie wholly in the range, and where they end. */
    private final int wholeFrom;

    private final int wholeTo;
    private final List<Tally> tallies = new ArrayList<>();
    private @Nullable MemorySegment first;
    private @Nullable MemorySegment last;
    private int arrivedTo;
    private String node = "";

    UnitRange(ScratchUnits scratch, int blockBytes, int offset, MemorySegment into) {
        this.scratch = scratch;
        this.offset = offset;
        this.end = offset + (int) into.byteSize();
        this.into = into;
        askedFrom = offset / UNIT * UNIT;
        askedTo = Math.min(blockBytes, (end + UNIT - 1) / UNIT * UNIT);
        wholeFrom = offset == askedFrom ? offset : Math.min(askedFrom + UNIT, askedTo);
        wholeTo = end == askedTo ? end : Math.max(end / UNIT * UNIT, wholeFrom);
        arrivedTo = askedFrom;
    }

    @Override
    public boolean isComplete() {
        return arrivedTo >= askedTo;
    }

    @Override
    public int missingFrom() {
        return arrivedTo;
    }

    @Override
    public int missingUnitBytes() {
        return askedTo - arrivedTo;
    }

    /** Where the bytes start that the caller still misses. */
    int missingOffset() {
        return Math.max(offset, arrivedTo);
    }

    /** The caller's memory for the bytes that are still missing. */
    MemorySegment missing() {
        return into.asSlice(missingOffset() - offset);
    }

    @Override
    public void askedOf(String nodeName) {
        node = nodeName;
    }

    @Override
    public void ended(Answer.Status status) {
        // Each unit that arrived counts alone, whatever the node says at last.
    }

    @Override
    public MemorySegment room(int at, int length) {
        if (at < wholeFrom) {
            return scratchFirst().asSlice(at - askedFrom, Math.min(length, wholeFrom - at));
        } else if (at >= wholeTo) {
            return scratchLast().asSlice(at - wholeTo, Math.min(length, askedTo - at));
        }
        return into.asSlice(at - offset, Math.min(length, wholeTo - at));
    }

    @Override
    public void arrived(int at, int length, Extent extent) {
        int from = Math.max(at, offset);
        int to = Math.min(at + length, end);
        if (to > from) {
            if (at < wholeFrom) {
                MemorySegment.copy(scratchFirst(), from - askedFrom, into, from - offset, to - from);
            } else if (at >= wholeTo) {
                MemorySegment.copy(scratchLast(), from - wholeTo, into, from - offset, to - from);
            }
            count(extent.source(), to - from);
        }
        arrivedTo = at + length;
    }

    private void count(Answer.Source source, long bytes) {
        Tally tally = tallies.isEmpty() ? null : tallies.getLast();
        if (tally != null && tally.source == source && tally.node.equals(node)) {
            tallies.set(tallies.size() - 1, new Tally(node, source, tally.bytes + bytes));
        } else {
            tallies.add(new Tally(node, source, bytes));
        }
    }

    /** Counts the bytes that came from nodes, once the caller has them all. */
    void countInto(ReadCounters counters) {
        tallies.forEach(tally -> counters.fromNode(tally.node, tally.source, tally.bytes));
    }

    private MemorySegment scratchFirst() {
        MemorySegment memory = first;
        if (memory == null) {
            memory = scratch.take();
            first = memory;
        }
        return memory;
    }

    private MemorySegment scratchLast() {
        MemorySegment memory = last;
        if (memory == null) {
            memory = scratch.take();
            last = memory;
        }
        return memory;
    }

    @Override
    public void close() {
        if (first != null) {
            scratch.giveBack(first);
            first = null;
        }
        if (last != null) {
            scratch.giveBack(last);
            last = null;
        }
    }
}
