package io.blockring.blockstore;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An index that survives its store but not the process: for tests that open very many stores. */
final class MemoryBlockIndex implements BlockIndex {
    private final Map<Integer, SegmentRow> segments = new HashMap<>();
    private final Map<Fingerprint, BlockRow> blocks = new HashMap<>();
    private final Map<Fingerprint, byte[]> bytes = new HashMap<>();
    private int run;
    private int suspectRun;
    private boolean wasClosedCleanly = true;
    private boolean isClean = true;

    /** What opening it again does; after a run that was not closed in order the machine is another one. */
    synchronized BlockIndex reopen() {
        suspectRun = isClean ? suspectRun : run;
        run++;
        wasClosedCleanly = isClean;
        isClean = false;
        return this;
    }

    @Override
    public synchronized void putSegment(SegmentRow row) {
        segments.put(row.number(), row);
    }

    @Override
    public synchronized void deleteSegment(int number) {
        segments.remove(number);
    }

    @Override
    public synchronized void putBlock(BlockRow row, byte @Nullable [] kept) {
        blocks.put(row.block(), row);
        if (kept != null) {
            bytes.put(row.block(), kept);
        }
    }

    @Override
    public synchronized void deleteBlocks(List<Removal> removals) {
        for (Removal removal : removals) {
            blocks.remove(removal.block());
            if (removal.hasBytes()) {
                bytes.remove(removal.block());
            }
        }
    }

    @Override
    public synchronized byte @Nullable [] bytes(Fingerprint block) {
        byte[] kept = bytes.get(block);
        return kept == null ? null : kept.clone();
    }

    @Override
    public synchronized void forEachSegment(RowVisitor<SegmentRow> visitor) throws IOException {
        for (SegmentRow row : List.copyOf(segments.values())) {
            visitor.visit(row);
        }
    }

    @Override
    public synchronized void forEachBlock(RowVisitor<BlockRow> visitor) throws IOException {
        for (BlockRow row : List.copyOf(blocks.values())) {
            visitor.visit(row);
        }
    }

    @Override
    public synchronized int run() {
        return run;
    }

    @Override
    public synchronized @Nullable Long place(Fingerprint block) {
        BlockRow row = blocks.get(block);
        return row == null ? null : row.place();
    }

    @Override
    public synchronized long blocks() {
        return blocks.size();
    }

    @Override
    public synchronized int suspectRun() {
        return suspectRun;
    }

    @Override
    public synchronized boolean wasClosedCleanly() {
        return wasClosedCleanly;
    }

    @Override
    public synchronized void markClean() {
        isClean = true;
    }

    @Override
    public long fileBytes() {
        return 0;
    }

    @Override
    public void close() {
        // What the next store finds stays.
    }
}
