package io.blockring.filesystem;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What was read through one handle lately, and what is to be loaded for it. Reads that come side by side may overtake
 * one another, and a later one may look like the start of a sequence whose next bytes an earlier one is just fetching:
 * what was asked for a short while ago is not loaded too. All of it is guarded by its lock.
 */
final class HandleReads {
    /** As many reads of one handle may be under way at once and be told apart. */
    static final int REMEMBERED = 32;

    private final ReentrantLock lock = new ReentrantLock();
    private final SequentialReads sequence;
    private final ReadPlan.Range[] asked = new ReadPlan.Range[REMEMBERED];
    private int count;

    HandleReads(int blockBytes) {
        sequence = new SequentialReads(blockBytes);
    }

    /** To be held from {@link #onRead} until what it returned is under way. */
    ReentrantLock lock() {
        return lock;
    }

    /** Notes a read of bytes that are all within the file; returns what to load now. */
    List<ReadPlan.Range> onRead(long offset, long length, long fileLength, long shareBytes) {
        asked[count++ % REMEMBERED] = new ReadPlan.Range(offset, offset + length);
        ReadPlan.Range load = sequence.onRead(offset, length, fileLength, shareBytes);
        return load == null ? List.of() : notAsked(load);
    }

    /** The parts of a range that nobody asked for lately, in order. */
    List<ReadPlan.Range> notAsked(ReadPlan.Range range) {
        List<ReadPlan.Range> rest = List.of(range);
        for (int i = 0; i < Math.min(count, REMEMBERED); i++) {
            rest = without(rest, asked[i]);
        }
        return rest;
    }

    private static List<ReadPlan.Range> without(List<ReadPlan.Range> ranges, ReadPlan.Range gone) {
        var rest = new ArrayList<ReadPlan.Range>(ranges.size() + 1);
        for (ReadPlan.Range range : ranges) {
            if (gone.to() <= range.from() || gone.from() >= range.to()) {
                rest.add(range);
                continue;
            }
            if (range.from() < gone.from()) {
                rest.add(new ReadPlan.Range(range.from(), gone.from()));
            }
            if (gone.to() < range.to()) {
                rest.add(new ReadPlan.Range(gone.to(), range.to()));
            }
        }
        return rest;
    }
}
