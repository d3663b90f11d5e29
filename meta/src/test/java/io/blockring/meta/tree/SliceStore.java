package io.blockring.meta.tree;

import io.blockring.meta.ChunkRewriter;
import io.blockring.meta.ChunkView;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.SliceObjects;
import io.blockring.meta.SliceRecord;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The objects of slices, in cells of 4 MiB that each hold one number: small enough for a model, real enough that a
 * record of a deleted slice, or a byte from the wrong place, shows.
 */
final class SliceStore implements SliceObjects, ChunkRewriter {
    static final int CELL_BYTES = 4 << 20;
    static final int CELLS_IN_CHUNK = FileTree.CHUNK_BYTES / CELL_BYTES;

    private final Map<Long, long[]> slices = new ConcurrentHashMap<>();

    /** Makes the objects of a new slice; every cell of every slice is different. */
    long[] put(long id, int cells) {
        long[] data = new long[cells];
        Arrays.setAll(data, i -> id * 1000 + i + 1);
        slices.put(id, data);
        return data;
    }

    /** Takes back what {@link #put} made, for nothing came to refer to it. */
    void forget(long id) {
        slices.remove(id);
    }

    int cells(long id) {
        long[] data = slices.get(id);
        return data == null ? 0 : data.length;
    }

    Set<Long> ids() {
        return Set.copyOf(slices.keySet());
    }

    @Override
    public void delete(long sliceId, int size) throws IOException {
        long[] data = slices.remove(sliceId);
        if (data != null && data.length * CELL_BYTES != size) {
            throw new IOException("slice " + sliceId + " is deleted by another size");
        }
    }

    @Override
    public void rewrite(long sliceId, List<ChunkView.Window> windows) throws IOException {
        int cells = windows.stream().mapToInt(ChunkView.Window::length).sum() / CELL_BYTES;
        long[] data = new long[cells];
        int first = windows.getFirst().position();
        for (ChunkView.Window window : windows) {
            copy(window, data, (window.position() - first) / CELL_BYTES);
        }
        slices.put(sliceId, data);
    }

    /** What a file of {@code cells} cells holds. */
    long[] read(FileTree tree, long inode, int cells) throws FileError, IOException {
        long[] data = new long[cells];
        for (int start = 0; start < cells; start += CELLS_IN_CHUNK) {
            List<SliceRecord> records = tree.slices(inode, start / CELLS_IN_CHUNK);
            int end = Math.min(cells - start, CELLS_IN_CHUNK);
            for (ChunkView.Window window : ChunkView.of(records).between(0, end * CELL_BYTES)) {
                copy(window, data, start + window.position() / CELL_BYTES);
            }
        }
        return data;
    }

    private void copy(ChunkView.Window window, long[] into, int at) throws IOException {
        if (window.isZeros()) {
            return;
        }
        long[] data = slices.get(window.sliceId());
        if (data == null || data.length * CELL_BYTES != window.size()) {
            throw new IOException("a record names slice " + window.sliceId() + ", which is gone");
        }
        System.arraycopy(data, window.offset() / CELL_BYTES, into, at, window.length() / CELL_BYTES);
    }
}
