package io.blockring.blockstore;

import io.blockring.block.BlockHash;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An index that survives its store but not the process: for tests that open very many stores. */
final class MemoryBlockIndex implements BlockIndex {
    private final Map<Integer, SegmentRow> segments = new HashMap<>();
    private final Map<BlockHash, BlockRow> blocks = new HashMap<>();
    private final Map<BlockHash, byte[]> bytes = new HashMap<>();
    private int run;
    private boolean wasClosedCleanly = true;
    private boolean isClean = true;

    /** What opening it again does. */
    synchronized BlockIndex reopen() {
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
        blocks.put(row.hash(), row);
        if (kept != null) {
            bytes.put(row.hash(), kept);
        }
    }

    @Override
    public synchronized void deleteBlocks(List<Removal> removals) {
        for (Removal removal : removals) {
            blocks.remove(removal.hash());
            if (removal.hasBytes()) {
                bytes.remove(removal.hash());
            }
        }
    }

    @Override
    public synchronized byte @Nullable [] bytes(BlockHash hash) {
        byte[] kept = bytes.get(hash);
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
