package io.blockring.filesystem;

import io.blockring.meta.FileTree;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/*
 * A slice and its blocks, which are cut from the start of the slice and not from the start of the chunk:
 *
 *   chunk  |------------- position ->|== block 0 ==|== block 1 ==|== bl          |
 *                                     sealed        sealed        still written
 *
 * A sealed block is on its way to the store or there, and its bytes are final. What is written goes behind the
 * sealed blocks, over bytes that the slice has or just behind them, so that the slice has no gap.
 */
/**
 * Data of one chunk that was written and is not yet recorded in the tree.
 *
 * <p>Changed only by its {@link WriteQueue}, under the lock of its inode.
 */
final class DirtySlice {
    private final long sequence;
    private final int chunk;
    private final int position;
    private final int blockBytes;
    private final long createdNanos;
    private final List<@Nullable PooledBuffer> buffers = new ArrayList<>();

    private long id;
    private boolean nameAsked;
    private int length;
    private long writtenNanos;
    private Timestamp mtime;
    private boolean frozen;
    private int sealedBlocks;
    private int startedBlocks;
    private int uploadsInFlight;
    private boolean committing;
    private boolean failed;

    DirtySlice(long sequence, int chunk, int position, int blockBytes, long nanos, Timestamp mtime) {
        this.sequence = sequence;
        this.chunk = chunk;
        this.position = position;
        this.blockBytes = blockBytes;
        this.createdNanos = nanos;
        this.writtenNanos = nanos;
        this.mtime = mtime;
    }

    /** Place in the order in which the slices of the inode were begun. */
    long sequence() {
        return sequence;
    }

    int chunk() {
        return chunk;
    }

    /** Where in the file it starts. */
    long start() {
        return (long) chunk * FileTree.CHUNK_BYTES + position;
    }

    /** Where in the file it ends. */
    long end() {
        return start() + length;
    }

    /** Its id, 0 as long as it has none. */
    long id() {
        return id;
    }

    Timestamp mtime() {
        return mtime;
    }

    boolean isFrozen() {
        return frozen;
    }

    boolean isCommitting() {
        return committing;
    }

    boolean hasFailed() {
        return failed;
    }

    long createdNanos() {
        return createdNanos;
    }

    long writtenNanos() {
        return writtenNanos;
    }

    /** What the tree is told of it once all its blocks are durable. */
    SliceRecord record() {
        return new SliceRecord(position, id, length, 0, length);
    }

    int length() {
        return length;
    }

    int blockLength(int index) {
        return Math.min(blockBytes, length - index * blockBytes);
    }

    /** Blocks whose upload was begun: all that the store may have of it. */
    int startedBlocks() {
        return startedBlocks;
    }

    boolean overlaps(long from, long to) {
        return from < end() && start() < to;
    }

    /** Whether bytes that start at {@code offset} of the file may go into it. */
    boolean takes(long offset) {
        return !frozen && offset >= start() + (long) sealedBlocks * blockBytes && offset <= end();
    }

    /** How many of {@code count} bytes for {@code offset} go into the block where they start. */
    int roomAt(long offset, int count) {
        return Math.min(count, blockBytes - (int) ((offset - start()) % blockBytes));
    }

    /** The buffer of the block that holds {@code offset}, or null when it has none or the block is durable. */
    @Nullable
    PooledBuffer bufferAt(long offset) {
        int index = (int) ((offset - start()) / blockBytes);
        return index < buffers.size() ? buffers.get(index) : null;
    }

    /** Takes {@code from} into one block, whose buffer is {@code buffer} from now on. */
    void put(long offset, MemorySegment from, PooledBuffer buffer, long nanos, Timestamp now) {
        int at = (int) (offset - start());
        int index = at / blockBytes;
        if (index == buffers.size()) {
            buffers.add(buffer);
        } else {
            buffers.set(index, buffer);
        }
        MemorySegment.copy(from, 0, buffer.bytes(), at % blockBytes, from.byteSize());
        length = Math.max(length, at + (int) from.byteSize());
        writtenNanos = nanos;
        mtime = now;
        sealedBlocks = length / blockBytes;
    }

    /** Ends its growth: all that it has is final. */
    void freeze() {
        frozen = true;
        sealedBlocks = blockCount();
    }

    /** Whether somebody must now get an id for it; true once. */
    boolean wantsName() {
        boolean wants = sealedBlocks > 0 && !nameAsked && !failed;
        nameAsked |= wants;
        return wants;
    }

    void name(long newId) {
        id = newId;
    }

    /** The next block whose upload may begin, which it then has, or -1. */
    int beginUpload() {
        if (id == 0 || failed || startedBlocks == sealedBlocks) {
            return -1;
        }
        uploadsInFlight++;
        return startedBlocks++;
    }

    @Nullable
    PooledBuffer buffer(int index) {
        return buffers.get(index);
    }

    /** Ends an upload; a block that became durable needs its buffer no more. */
    @Nullable
    PooledBuffer endUpload(int index, boolean durable) {
        uploadsInFlight--;
        return durable ? buffers.set(index, null) : null;
    }

    /** Gives it up: nothing more of it is uploaded. */
    void fail() {
        frozen = true;
        failed = true;
    }

    /** The buffers that it still has, which it then has no more. */
    List<PooledBuffer> takeBuffers() {
        List<PooledBuffer> taken = new ArrayList<>();
        for (PooledBuffer buffer : buffers) {
            if (buffer != null) {
                taken.add(buffer);
            }
        }
        buffers.clear();
        return taken;
    }

    boolean hasUploadInFlight() {
        return uploadsInFlight > 0;
    }

    /** Whether all of its blocks are durable and no byte will be added. */
    boolean isDurable() {
        return frozen && !failed && startedBlocks == blockCount() && uploadsInFlight == 0;
    }

    void beginCommit() {
        committing = true;
    }

    /** Bytes of buffers that no upload would free by itself. */
    long unsealedBytes() {
        long bytes = 0;
        for (int index = sealedBlocks; index < buffers.size(); index++) {
            PooledBuffer buffer = buffers.get(index);
            bytes += buffer == null ? 0 : buffer.capacity();
        }
        return bytes;
    }

    private int blockCount() {
        return (length + blockBytes - 1) / blockBytes;
    }
}
