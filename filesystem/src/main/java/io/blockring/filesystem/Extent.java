package io.blockring.filesystem;

import io.blockring.block.BlockKey;
import io.blockring.cacheclient.BlockCache;
import io.blockring.meta.ChunkView;
import java.util.ArrayList;
import java.util.List;

/** A range of one block. */
record Extent(BlockKey.Slice key, int offset, int length) {
    /** The blocks behind a window that is not zeros, in order. */
    static List<Extent> of(BlockCache cache, int blockBytes, ChunkView.Window window) {
        List<Extent> extents = new ArrayList<>();
        int inSlice = window.offset();
        int left = window.length();
        while (left > 0) {
            int index = inSlice / blockBytes;
            int inBlock = inSlice % blockBytes;
            int plainBytes = Math.min(blockBytes, window.size() - index * blockBytes);
            int count = Math.min(left, plainBytes - inBlock);
            extents.add(new Extent(cache.keyOf(window.sliceId(), index, plainBytes), inBlock, count));
            inSlice += count;
            left -= count;
        }
        return extents;
    }
}
