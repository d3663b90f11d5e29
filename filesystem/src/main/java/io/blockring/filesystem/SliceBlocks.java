package io.blockring.filesystem;

import io.blockring.block.BlockKey;
import io.blockring.cacheclient.BlockCache;
import io.blockring.meta.ChunkRewriter;
import io.blockring.meta.ChunkView;
import io.blockring.meta.SliceObjects;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Slices as the blocks they are made of: what a tree needs to delete dead slices and to compact chunks.
 *
 * <p>Safe for use by many threads.
 */
public final class SliceBlocks implements SliceObjects, ChunkRewriter {
    private static final Logger LOG = LoggerFactory.getLogger(SliceBlocks.class);

    private final BlockCache cache;
    private final int blockBytes;

    /** The slices of a volume whose full blocks have {@code blockBytes}. */
    public SliceBlocks(BlockCache cache, int blockBytes) {
        this.cache = cache;
        this.blockBytes = blockBytes;
    }

    @Override
    public void delete(long sliceId, int size) throws IOException {
        IOException failure = deleteFirst(sliceId, size, Integer.MAX_VALUE);
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void rewrite(long sliceId, List<ChunkView.Window> windows) throws IOException {
        int size = windows.stream().mapToInt(ChunkView.Window::length).sum();
        try (Arena arena = Arena.ofShared()) {
            MemorySegment block = arena.allocate(Math.min(size, blockBytes), Long.BYTES);
            int index = 0;
            int filled = 0;
            for (ChunkView.Window window : windows) {
                int done = 0;
                while (done < window.length()) {
                    int count = (int) Math.min(window.length() - done, block.byteSize() - filled);
                    read(window, done, block.asSlice(filled, count));
                    done += count;
                    filled += count;
                    if (filled == block.byteSize()) {
                        cache.write(cache.keyOf(sliceId, index++, filled), block);
                        filled = 0;
                    }
                }
            }
            if (filled > 0) {
                cache.write(cache.keyOf(sliceId, index, filled), block.asSlice(0, filled));
            }
        }
    }

    private void read(ChunkView.Window window, int from, MemorySegment into) throws IOException {
        if (window.isZeros()) {
            into.fill((byte) 0);
            return;
        }
        var part = new ChunkView.Window(
                window.position() + from,
                (int) into.byteSize(),
                window.sliceId(),
                window.size(),
                window.offset() + from);
        long at = 0;
        for (Extent extent : Extent.of(cache, blockBytes, part)) {
            cache.read(extent.key(), extent.offset(), into.asSlice(at, extent.length()));
            at += extent.length();
        }
    }

    void write(WriteStep.Upload upload) throws IOException {
        BlockKey.Slice key = cache.keyOf(upload.slice().id(), upload.index(), upload.bytes());
        cache.write(key, upload.buffer().bytes().asSlice(0, upload.bytes()));
    }

    /** Deletes what the store may have of a slice that is recorded nowhere; what stays is garbage and no harm. */
    void remove(DirtySlice slice) {
        IOException failure = deleteFirst(slice.id(), slice.length(), slice.startedBlocks());
        if (failure != null) {
            LOG.warn("blocks of slice {}, which is in no file, were left in the object store", slice.id(), failure);
        }
    }

    private @Nullable IOException deleteFirst(long sliceId, int size, int atMost) {
        IOException failure = null;
        for (int index = 0; index < atMost && (long) index * blockBytes < size; index++) {
            BlockKey.Slice key = cache.keyOf(sliceId, index, Math.min(blockBytes, size - index * blockBytes));
            try {
                cache.delete(key);
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        return failure;
    }
}
