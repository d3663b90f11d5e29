package io.blockring.meta.engine;

import io.blockring.meta.SliceRecord;
import java.util.List;

/** The slices of one chunk of a file, oldest first; the file itself may be gone and wait for its deletion. */
public record ChunkRecord(long inode, int chunk, List<SliceRecord> slices) {
    public ChunkRecord {
        slices = List.copyOf(slices);
    }
}
