package io.blockring.filesystem;

import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.Timestamp;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/*
 * The life of a slice:
 *
 *   begun --(written)--> open --(full, idle, old, flushed)--> frozen --(all blocks durable)--> its turn --> committed
 *                          \_ full blocks are uploaded _/                                         \--> refused
 *                           \____________________ a block or its id failed ______________________/--> failed
 *
 * Slices are committed one at a time and in the order in which they were begun. So what the tree has of a file is at
 * any moment what a prefix of its slices made, whatever order the uploads ended in: later records hide earlier ones
 * as later writes did, and a file never grows over data that was written before and is still missing.
 * A slice that fails leaves the order and the others go on, as Linux does with a page that it could not write; who
 * asks for durability is told.
 */
/**
 * What was written to one file and is not yet in the tree: it decides when slices freeze, upload and commit.
 *
 * <p>It never waits and does nothing but decide: messages come in, {@link WriteStep}s go out. Used under the lock of
 * its inode.
 */
final class WriteQueue {
    static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);
    static final long OLD_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** Of a chunk, as many slices grow at once; with one more the first is frozen. */
    static final int GROWING_PER_CHUNK = 4;

    /** With as many slices, a write waits. */
    static final int MAX_SLICES = 1024;

    /** From as many slices on, none grows but the newest. */
    private static final int MANY_SLICES = MAX_SLICES / 2;

    /** The capacity of a block's buffer is raised by this factor, so that growing costs few copies. */
    private static final int BUFFER_GROWTH = 4;

    private final int blockBytes;
    private final List<DirtySlice> slices = new ArrayList<>();
    private long begun;
    private long failures;
    private @Nullable FileError lastFailure;

    WriteQueue(int blockBytes) {
        this.blockBytes = blockBytes;
    }

    /** What became of a write. */
    sealed interface Answer {
        /** The first bytes were taken; the spare buffer, too, if {@code spareUsed}. */
        record Took(int bytes, boolean spareUsed) implements Answer {}

        /** Ask again with a spare buffer of this size. */
        record NeedsBuffer(int bytes) implements Answer {}

        /** Ask again when a slice was committed. */
        record NeedsCommit() implements Answer {}
    }

    /** Takes as much of {@code from} as goes into one block, using {@code spare} where it needs a buffer. */
    Answer write(
            long offset,
            MemorySegment from,
            @Nullable PooledBuffer spare,
            long nanos,
            Timestamp now,
            List<WriteStep> steps) {
        int chunk = (int) (offset / FileTree.CHUNK_BYTES);
        int count = (int) Math.min(from.byteSize(), (chunk + 1L) * FileTree.CHUNK_BYTES - offset);
        DirtySlice slice = growing(chunk, offset, count);
        if (slice == null && slices.size() >= MAX_SLICES) {
            freezeAll(steps);
            return new Answer.NeedsCommit();
        }
        PooledBuffer held = slice == null ? null : slice.bufferAt(offset);
        int bytes = slice == null ? Math.min(count, blockBytes) : slice.roomAt(offset, count);
        int inBlock = slice == null ? 0 : (int) ((offset - slice.start()) % blockBytes);
        PooledBuffer into;
        boolean spareUsed;
        if (held != null && held.capacity() >= inBlock + bytes) {
            into = held;
            spareUsed = false;
        } else if (spare != null && spare.capacity() >= inBlock + bytes) {
            into = spare;
            spareUsed = true;
        } else {
            boolean first = slice == null || offset - slice.start() < blockBytes;
            return new Answer.NeedsBuffer(first ? capacityFor(held, inBlock + bytes) : blockBytes);
        }
        if (slice == null) {
            slice = begin(chunk, offset, nanos, now, steps);
        } else if (spareUsed && held != null) {
            MemorySegment.copy(held.bytes(), 0, into.bytes(), 0, held.capacity());
            steps.add(new WriteStep.Free(held));
        }
        slice.put(offset, from.asSlice(0, bytes), into, nanos, now);
        if (slice.end() == (chunk + 1L) * FileTree.CHUNK_BYTES) {
            slice.freeze();
        }
        advance(slice, steps);
        return new Answer.Took(bytes, spareUsed);
    }

    /** Freezes what is idle or old; while {@code writing}, somebody is just being slow and nothing is idle. */
    void tick(long nanos, boolean writing, List<WriteStep> steps) {
        for (DirtySlice slice : List.copyOf(slices)) {
            boolean idle = !writing && nanos - slice.writtenNanos() >= IDLE_NANOS;
            if (idle || nanos - slice.createdNanos() >= OLD_NANOS) {
                freeze(slice, steps);
            }
        }
    }

    void freezeAll(List<WriteStep> steps) {
        for (DirtySlice slice : List.copyOf(slices)) {
            freeze(slice, steps);
        }
    }

    void named(DirtySlice slice, long id, List<WriteStep> steps) {
        slice.name(id);
        advance(slice, steps);
    }

    void uploaded(DirtySlice slice, int index, List<WriteStep> steps) {
        PooledBuffer buffer = slice.endUpload(index, true);
        if (buffer != null) {
            steps.add(new WriteStep.Free(buffer));
        }
        if (slice.hasFailed()) {
            removeWhenQuiet(slice, steps);
        } else {
            advance(slice, steps);
        }
    }

    /** The upload of block {@code index} failed, or with -1 the slice got no id. */
    void failed(DirtySlice slice, int index, FileError error, List<WriteStep> steps) {
        if (index >= 0) {
            slice.endUpload(index, false);
        }
        if (!slice.hasFailed()) {
            slice.fail();
            note(error);
        }
        removeWhenQuiet(slice, steps);
    }

    void committed(DirtySlice slice, List<WriteStep> steps) {
        slices.remove(slice);
        commitFirst(steps);
    }

    /**
     * The tree did not take the slice.
     *
     * @param certain whether it is known that the tree has no record of it, so that its blocks may go
     */
    void refused(DirtySlice slice, FileError error, boolean certain, List<WriteStep> steps) {
        note(error);
        slices.remove(slice);
        if (certain) {
            steps.add(new WriteStep.Remove(slice));
        }
        commitFirst(steps);
    }

    boolean isEmpty() {
        return slices.isEmpty();
    }

    /** The slices in the order in which they were begun. */
    List<DirtySlice> slices() {
        return slices;
    }

    /** Number of the newest slice begun, 0 before the first. */
    long newest() {
        return begun;
    }

    /** Whether all slices up to number {@code sequence} have left. */
    boolean isSettled(long sequence) {
        return slices.isEmpty() || slices.getFirst().sequence() > sequence;
    }

    /** How many slices were lost so far. */
    long failures() {
        return failures;
    }

    @Nullable
    FileError lastFailure() {
        return lastFailure;
    }

    /** Where the data ends in the file; 0 without any. */
    long end() {
        long end = 0;
        for (DirtySlice slice : slices) {
            end = Math.max(end, slice.end());
        }
        return end;
    }

    /** When it was last written to, or null when it is empty. */
    @Nullable
    Timestamp mtime() {
        Timestamp latest = null;
        for (DirtySlice slice : slices) {
            if (latest == null || slice.mtime().compareTo(latest) > 0) {
                latest = slice.mtime();
            }
        }
        return latest;
    }

    /** Bytes of buffers that wait for more data. */
    long unsealedBytes() {
        long bytes = 0;
        for (DirtySlice slice : slices) {
            bytes += slice.unsealedBytes();
        }
        return bytes;
    }

    /** The slice that may take bytes for {@code offset} without hiding or being hidden wrongly, or null. */
    private @Nullable DirtySlice growing(int chunk, long offset, int count) {
        for (DirtySlice slice : slices.reversed()) {
            if (slice.chunk() != chunk) {
                continue;
            }
            if (slice.takes(offset)) {
                return slice;
            }
            if (slice.overlaps(offset, offset + count)) {
                return null;
            }
        }
        return null;
    }

    private DirtySlice begin(int chunk, long offset, long nanos, Timestamp now, List<WriteStep> steps) {
        List<DirtySlice> growing = slices.stream()
                .filter(slice -> !slice.isFrozen() && (slice.chunk() == chunk || slices.size() >= MANY_SLICES))
                .toList();
        int most = slices.size() >= MANY_SLICES ? 0 : GROWING_PER_CHUNK - 1;
        for (int i = 0; i < growing.size() - most; i++) {
            freeze(growing.get(i), steps);
        }
        var slice = new DirtySlice(++begun, chunk, (int) (offset % FileTree.CHUNK_BYTES), blockBytes, nanos, now);
        slices.add(slice);
        return slice;
    }

    /** The first block of a slice may be all it has, so its buffer grows with it. */
    private int capacityFor(@Nullable PooledBuffer held, int bytes) {
        int grown = held == null ? 0 : (int) Math.min((long) held.capacity() * BUFFER_GROWTH, blockBytes);
        return Math.max(bytes, grown);
    }

    private void freeze(DirtySlice slice, List<WriteStep> steps) {
        if (!slice.isFrozen()) {
            slice.freeze();
            advance(slice, steps);
        }
    }

    private void advance(DirtySlice slice, List<WriteStep> steps) {
        if (slice.wantsName()) {
            steps.add(new WriteStep.Name(slice));
        }
        for (int index = slice.beginUpload(); index >= 0; index = slice.beginUpload()) {
            PooledBuffer buffer = slice.buffer(index);
            if (buffer == null) {
                throw new IllegalStateException("block " + index + " of slice " + slice.id() + " has no buffer");
            }
            steps.add(new WriteStep.Upload(slice, index, slice.blockLength(index), buffer));
        }
        commitFirst(steps);
    }

    private void commitFirst(List<WriteStep> steps) {
        if (slices.isEmpty()) {
            return;
        }
        DirtySlice first = slices.getFirst();
        if (first.isDurable() && !first.isCommitting()) {
            first.beginCommit();
            steps.add(new WriteStep.Commit(first));
        }
    }

    private void removeWhenQuiet(DirtySlice slice, List<WriteStep> steps) {
        if (slice.hasUploadInFlight()) {
            return;
        }
        for (PooledBuffer buffer : slice.takeBuffers()) {
            steps.add(new WriteStep.Free(buffer));
        }
        slices.remove(slice);
        steps.add(new WriteStep.Remove(slice));
        commitFirst(steps);
    }

    private void note(FileError error) {
        failures++;
        lastFailure = error;
    }
}
