package io.blockring.filesystem;

import io.blockring.block.BlockKey;
import io.blockring.cacheclient.BlockCache;
import io.blockring.meta.ChunkView;
import io.blockring.meta.FileTree;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one read is filled: what lies on top is laid first, and each layer gives only what those above it left.
 *
 * <p>Bytes that are in memory are copied at once, holes are made zeros, and {@link #parts} says what is to be
 * fetched into the rest.
 */
final class ReadPlan {
    /** Bytes of a block and where they go. */
    record Part(BlockKey.Slice key, int offset, MemorySegment into) {
        Part from(int skipped, int count) {
            return new Part(key, offset + skipped, into.asSlice(skipped, count));
        }

        int length() {
            return (int) into.byteSize();
        }
    }

    /** Bytes of the file from {@code from} up to and without {@code to}. */
    record Range(long from, long to) {}

    private final BlockCache cache;
    private final int blockBytes;
    private final long start;
    private final MemorySegment into;
    private final List<Part> parts = new ArrayList<>();
    private List<Range> missing;

    /** A read of all of {@code into} from {@code start} of the file on. */
    ReadPlan(BlockCache cache, int blockBytes, long start, MemorySegment into) {
        this.cache = cache;
        this.blockBytes = blockBytes;
        this.start = start;
        this.into = into;
        this.missing = into.byteSize() == 0 ? List.of() : List.of(new Range(start, start + into.byteSize()));
    }

    /** What no layer gave so far, in the order of the file. */
    List<Range> missing() {
        return missing;
    }

    int length() {
        return (int) into.byteSize();
    }

    /** The part that is the whole read, or null when there is none. */
    @Nullable
    Part onlyPart() {
        return parts.size() == 1 && parts.getFirst().length() == length() ? parts.getFirst() : null;
    }

    /** What is to be fetched. */
    List<Part> parts() {
        return parts;
    }

    /** Lays data that was written and is not recorded; called under the lock that guards the slice. */
    void layDirty(DirtySlice slice) {
        if (missing.stream().noneMatch(range -> slice.overlaps(range.from(), range.to()))) {
            return;
        }
        List<Range> rest = new ArrayList<>();
        for (Range range : missing) {
            long from = Math.max(range.from(), slice.start());
            long to = Math.min(range.to(), slice.end());
            if (from >= to) {
                rest.add(range);
                continue;
            }
            addIfAny(rest, range.from(), from);
            addIfAny(rest, to, range.to());
            copyDirty(slice, from, to);
        }
        missing = rest;
    }

    private void copyDirty(DirtySlice slice, long from, long to) {
        long at = from;
        while (at < to) {
            int inSlice = (int) (at - slice.start());
            int index = inSlice / blockBytes;
            int inBlock = inSlice % blockBytes;
            int count = (int) Math.min(to - at, blockBytes - inBlock);
            PooledBuffer buffer = slice.buffer(index);
            if (buffer != null) {
                MemorySegment.copy(buffer.bytes(), inBlock, into, at - start, count);
            } else {
                BlockKey.Slice key = cache.keyOf(slice.id(), index, slice.blockLength(index));
                parts.add(new Part(key, inBlock, into.asSlice(at - start, count)));
            }
            at += count;
        }
    }

    /** Lays what shows of a chunk of the tree; its holes become zeros. */
    void layChunk(int chunk, ChunkView view) {
        long chunkStart = (long) chunk * FileTree.CHUNK_BYTES;
        long chunkEnd = chunkStart + FileTree.CHUNK_BYTES;
        List<Range> rest = new ArrayList<>();
        for (Range range : missing) {
            long from = Math.max(range.from(), chunkStart);
            long to = Math.min(range.to(), chunkEnd);
            if (from >= to) {
                rest.add(range);
                continue;
            }
            addIfAny(rest, range.from(), from);
            addIfAny(rest, to, range.to());
            layWindows(view.between((int) (from - chunkStart), (int) (to - chunkStart)), from);
        }
        missing = rest;
    }

    private void layWindows(List<ChunkView.Window> windows, long from) {
        long at = from - start;
        for (ChunkView.Window window : windows) {
            if (window.isZeros()) {
                into.asSlice(at, window.length()).fill((byte) 0);
            } else {
                layWindow(window, at);
            }
            at += window.length();
        }
    }

    private void layWindow(ChunkView.Window window, long intoOffset) {
        long at = intoOffset;
        for (Extent extent : Extent.of(cache, blockBytes, window)) {
            parts.add(new Part(extent.key(), extent.offset(), into.asSlice(at, extent.length())));
            at += extent.length();
        }
    }

    private static void addIfAny(List<Range> ranges, long from, long to) {
        if (from < to) {
            ranges.add(new Range(from, to));
        }
    }
}
