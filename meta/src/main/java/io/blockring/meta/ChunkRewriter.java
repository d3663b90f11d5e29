package io.blockring.meta;

import java.io.IOException;
import java.util.List;

/** Who copies the bytes of a chunk that has become too many slices into one new slice. */
@FunctionalInterface
public interface ChunkRewriter {
    /**
     * Reads {@code windows}, which stand side by side, and writes their bytes as slice {@code sliceId}, whose size is
     * the sum of theirs. All of its blocks are durable when this returns.
     */
    void rewrite(long sliceId, List<ChunkView.Window> windows) throws IOException;
}
