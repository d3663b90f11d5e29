package io.blockring.meta;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What shows of a chunk: windows in order, side by side from its start to {@link #end()}. A later record hides the
 * earlier ones that it overlaps; what no record covers is zeros, and so is everything behind the end.
 */
public final class ChunkView {
    /**
     * Bytes of a chunk that come from one slice, or zeros where {@code sliceId} is 0.
     *
     * @param position where it starts in the chunk
     * @param size bytes of the whole slice, which name its objects
     * @param offset where it starts in the slice
     */
    public record Window(int position, int length, long sliceId, int size, int offset) {
        public boolean isZeros() {
            return sliceId == 0;
        }

        public int end() {
            return position + length;
        }

        private Window part(int from, int to) {
            return new Window(from, to - from, sliceId, size, isZeros() ? 0 : offset + (from - position));
        }
    }

    private final List<Window> windows;

    private ChunkView(List<Window> windows) {
        this.windows = List.copyOf(windows);
    }

    /** The view of these records, oldest first. */
    public static ChunkView of(List<SliceRecord> records) {
        var shown = new TreeMap<Integer, Window>();
        int end = 0;
        for (SliceRecord slice : records) {
            if (slice.length() > 0) {
                lay(shown, new Window(slice.position(), slice.length(), slice.sliceId(), slice.size(), slice.offset()));
                end = Math.max(end, slice.position() + slice.length());
            }
        }
        return new ChunkView(withHoles(shown, end));
    }

    /** Puts {@code top} over what is shown, cutting the windows that it hides in part. */
    private static void lay(NavigableMap<Integer, Window> shown, Window top) {
        Map.Entry<Integer, Window> before = shown.lowerEntry(top.position());
        if (before != null && before.getValue().end() > top.position()) {
            Window cut = before.getValue();
            shown.put(cut.position(), cut.part(cut.position(), top.position()));
            if (cut.end() > top.end()) {
                shown.put(top.end(), cut.part(top.end(), cut.end()));
            }
        }
        Map<Integer, Window> hidden = shown.subMap(top.position(), true, top.end(), false);
        if (!hidden.isEmpty()) {
            Window last = shown.lowerEntry(top.end()).getValue();
            hidden.clear();
            if (last.end() > top.end()) {
                shown.put(top.end(), last.part(top.end(), last.end()));
            }
        }
        shown.put(top.position(), top);
    }

    private static List<Window> withHoles(NavigableMap<Integer, Window> shown, int end) {
        var all = new ArrayList<Window>(shown.size() + 1);
        int reached = 0;
        for (Window window : shown.values()) {
            if (window.isZeros()) {
                continue;
            }
            addZeros(all, reached, window.position());
            all.add(window);
            reached = window.end();
        }
        addZeros(all, reached, end);
        return all;
    }

    private static void addZeros(List<Window> all, int from, int to) {
        if (from >= to) {
            return;
        }
        int start = from;
        if (!all.isEmpty() && all.getLast().isZeros()) {
            start = all.removeLast().position();
        }
        all.add(new Window(start, to - start, 0, 0, 0));
    }

    /** All windows in order, without a gap: neighbouring zeros are one window. */
    public List<Window> windows() {
        return windows;
    }

    /** Where the last record ends; 0 of an empty chunk. */
    public int end() {
        return windows.isEmpty() ? 0 : windows.getLast().end();
    }

    /** The windows of the bytes from {@code from} to {@code to}, cut to them; zeros behind the end. */
    public List<Window> between(int from, int to) {
        var cut = new ArrayList<Window>();
        for (int i = firstBehind(from); i < windows.size() && windows.get(i).position() < to; i++) {
            Window window = windows.get(i);
            cut.add(window.part(Math.max(from, window.position()), Math.min(to, window.end())));
        }
        addZeros(cut, Math.max(from, end()), to);
        return cut;
    }

    /** Index of the first window that ends behind {@code position}. */
    private int firstBehind(int position) {
        int low = 0;
        int high = windows.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (windows.get(middle).end() <= position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
