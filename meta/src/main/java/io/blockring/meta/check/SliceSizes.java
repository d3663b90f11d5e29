package io.blockring.meta.check;

import io.blockring.meta.FileError;
import io.blockring.meta.check.BlockObjects.Block;
import io.blockring.meta.check.BlockObjects.Stored;
import io.blockring.meta.ids.IdTable;
import java.io.IOException;
import java.util.BitSet;

/** How large each slice is whose objects are all there: gathered from a listing, four bytes for each slice id. */
final class SliceSizes implements AutoCloseable {
    private static final int TELL_EVERY = 1000;

    private final IdTable sizes = new IdTable();
    private final boolean plain;
    private final int blockBytes;
    private final BitSet indexes = new BitSet();
    private long slice;
    private int bytes;
    private int shortIndex = -1;
    private boolean odd;
    private long listed;

    private SliceSizes(boolean plain, int blockBytes) {
        this.plain = plain;
        this.blockBytes = blockBytes;
    }

    static SliceSizes list(BlockObjects objects, int blockBytes, Findings findings) throws IOException, FileError {
        var sizes = new SliceSizes(objects.arePlain(), blockBytes);
        objects.forEach(object -> {
            sizes.add(object);
            if (++sizes.listed % TELL_EVERY == 0) {
                findings.progress("objects", sizes.listed);
            }
        });
        sizes.endSlice();
        return sizes;
    }

    private void add(Stored object) {
        Block block = object.block();
        if (block == null) {
            return;
        }
        if (block.sliceId() != slice) {
            endSlice();
            slice = block.sliceId();
        }
        boolean full = block.plainBytes() == blockBytes;
        odd |= indexes.get(block.index())
                || block.plainBytes() > blockBytes
                || (plain ? object.bytes() != block.plainBytes() : object.bytes() == 0)
                || (!full && shortIndex >= 0);
        indexes.set(block.index());
        shortIndex = full ? shortIndex : block.index();
        bytes += block.plainBytes();
    }

    /** A slice is whole when its blocks are numbered from 0 on without a gap, and none but the last is short. */
    private void endSlice() {
        int count = indexes.cardinality();
        if (count > 0 && !odd && indexes.length() == count && (shortIndex < 0 || shortIndex == count - 1)) {
            sizes.put(slice, bytes);
        }
        indexes.clear();
        bytes = 0;
        shortIndex = -1;
        odd = false;
    }

    /** Whether all objects of a slice of that size were listed. Where it says no they may be there all the same. */
    boolean isWhole(long sliceId, int size) {
        return sizes.get(sliceId) == size;
    }

    long listed() {
        return listed;
    }

    @Override
    public void close() {
        sizes.close();
    }
}
