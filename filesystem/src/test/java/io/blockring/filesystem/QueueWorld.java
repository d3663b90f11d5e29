package io.blockring.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.BlockKey;
import io.blockring.cacheclient.BlockCache;
import io.blockring.meta.ChunkView;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.objectstore.MemoryObjectStore;
import io.blockring.objectstore.VolumeLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * All that is around one {@link WriteQueue}, with one thread and a source of randomness: a store and a tree that do
 * things in any order and may fail, and a model of the file.
 */
final class QueueWorld implements AutoCloseable {
    /** The model knows the bytes around the border of the first two chunks. */
    private static final int MODEL_BYTES = 1 << 19;

    private static final long MODEL_START = FileTree.CHUNK_BYTES - MODEL_BYTES / 2;

    private record Running(WriteStep.Upload upload, MemorySegment bytes) {}

    private final Random random;
    private final double failureRate;
    private final int blockBytes;
    private final WriteQueue queue;
    private final BufferPool pool;
    private final MemoryObjectStore store = new MemoryObjectStore();
    private final BlockCache cache = new BlockCache(store, new VolumeLayout("vol", false));
    private final Map<Integer, List<SliceRecord>> tree = new HashMap<>();
    private final List<WriteStep> waiting = new ArrayList<>();
    private final List<Running> uploads = new ArrayList<>();
    private final byte[] model = new byte[MODEL_BYTES];
    private long nanos;
    private long lastId;
    private long lastCommitted;
    private long lost;

    QueueWorld(Random random, double failureRate, int blockBytes) {
        this.random = random;
        this.failureRate = failureRate;
        this.blockBytes = blockBytes;
        this.queue = new WriteQueue(blockBytes);
        this.pool = new BufferPool(20L * blockBytes, blockBytes);
    }

    WriteQueue queue() {
        return queue;
    }

    long lentBytes() {
        return pool.lentBytes();
    }

    long failures() {
        return queue.failures();
    }

    long slicesLost() {
        return lost;
    }

    void doSomething() throws Exception {
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3 ->
                write(
                        MODEL_START + random.nextInt(MODEL_BYTES),
                        1 + random.nextInt(Math.min(3 * blockBytes, MODEL_BYTES / 2)));
            case 4 -> writeOn();
            case 5 -> tickAt(nanos + random.nextLong(WriteQueue.IDLE_NANOS * 2), random.nextBoolean());
            case 6 -> {
                List<WriteStep> steps = new ArrayList<>();
                queue.freezeAll(steps);
                take(steps);
            }
            default -> {
                for (int i = random.nextInt(6); i > 0; i--) {
                    progress();
                }
            }
        }
    }

    private void writeOn() {
        if (!queue.isEmpty()) {
            write(queue.slices().getLast().end(), 1 + random.nextInt(blockBytes));
        }
    }

    void write(long offset, int count) {
        int most = (int) Math.min(count, offset < MODEL_START ? count : MODEL_START + MODEL_BYTES - offset);
        byte[] bytes = new byte[most];
        random.nextBytes(bytes);
        note(offset, bytes);
        MemorySegment from = MemorySegment.ofArray(bytes);
        PooledBuffer spare = null;
        int done = 0;
        while (done < most) {
            List<WriteStep> steps = new ArrayList<>();
            switch (queue.write(
                    offset + done, from.asSlice(done), spare, nanos, new Timestamp(nanos / 1_000_000_000L, 0), steps)) {
                case WriteQueue.Answer.Took(int taken, boolean spareUsed) -> {
                    done += taken;
                    spare = spareUsed ? null : spare;
                }
                case WriteQueue.Answer.NeedsBuffer(int needed) -> {
                    if (spare != null) {
                        pool.release(spare);
                    }
                    spare = acquire(needed);
                }
                case WriteQueue.Answer.NeedsCommit() -> progressOrFreeze();
            }
            take(steps);
        }
        if (spare != null) {
            pool.release(spare);
        }
    }

    private void note(long offset, byte[] bytes) {
        long from = Math.max(offset, MODEL_START);
        long to = Math.min(offset + bytes.length, MODEL_START + MODEL_BYTES);
        if (from < to) {
            System.arraycopy(bytes, (int) (from - offset), model, (int) (from - MODEL_START), (int) (to - from));
        }
    }

    private PooledBuffer acquire(int bytes) {
        PooledBuffer buffer = pool.tryAcquire(bytes);
        while (buffer == null) {
            progressOrFreeze();
            buffer = pool.tryAcquire(bytes);
        }
        return buffer;
    }

    private void progressOrFreeze() {
        if (waiting.isEmpty() && uploads.isEmpty()) {
            List<WriteStep> steps = new ArrayList<>();
            queue.freezeAll(steps);
            take(steps);
        }
        progress();
    }

    void tickAt(long newNanos, boolean writing) {
        nanos = newNanos;
        List<WriteStep> steps = new ArrayList<>();
        queue.tick(nanos, writing, steps);
        take(steps);
    }

    /** Lets everything end. */
    void settle() {
        List<WriteStep> steps = new ArrayList<>();
        queue.freezeAll(steps);
        take(steps);
        while (!waiting.isEmpty() || !uploads.isEmpty()) {
            progress();
        }
        assertThat(queue.isEmpty()).isTrue();
        assertThat(pool.lentBytes()).isZero();
    }

    private void take(List<WriteStep> steps) {
        for (WriteStep step : steps) {
            if (step instanceof WriteStep.Free(PooledBuffer buffer)) {
                pool.release(buffer);
            } else {
                waiting.add(step);
            }
        }
    }

    /** Lets one thing happen that was asked for, any of them. */
    private void progress() {
        int all = waiting.size() + uploads.size();
        if (all == 0) {
            return;
        }
        int which = random.nextInt(all);
        try {
            if (which < waiting.size()) {
                begin(waiting.remove(which));
            } else {
                end(uploads.remove(which - waiting.size()));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void begin(WriteStep step) throws IOException {
        List<WriteStep> steps = new ArrayList<>();
        boolean fails = random.nextDouble() < failureRate;
        switch (step) {
            case WriteStep.Free(PooledBuffer buffer) -> pool.release(buffer);
            case WriteStep.Name(DirtySlice slice) -> {
                if (fails) {
                    lost++;
                    queue.failed(slice, -1, failure(), steps);
                } else {
                    queue.named(slice, ++lastId, steps);
                }
            }
            case WriteStep.Upload upload ->
                uploads.add(new Running(
                        upload, MemorySegment.ofArray(bytesOf(upload).toArray(ValueLayout.JAVA_BYTE))));
            case WriteStep.Commit(DirtySlice slice) -> commit(slice, fails, steps);
            case WriteStep.Remove(DirtySlice slice) -> new SliceBlocks(cache, blockBytes).remove(slice);
        }
        take(steps);
    }

    private void end(Running running) throws IOException {
        WriteStep.Upload upload = running.upload();
        assertThat(bytesOf(upload).mismatch(running.bytes()))
                .as("bytes that are being uploaded stay as they are")
                .isEqualTo(-1);
        List<WriteStep> steps = new ArrayList<>();
        boolean fails = random.nextDouble() < failureRate;
        if (!fails || random.nextBoolean()) {
            new SliceBlocks(cache, blockBytes).write(upload);
        }
        if (fails) {
            lost += upload.slice().hasFailed() ? 0 : 1;
            queue.failed(upload.slice(), upload.index(), failure(), steps);
        } else {
            queue.uploaded(upload.slice(), upload.index(), steps);
        }
        take(steps);
    }

    private void commit(DirtySlice slice, boolean fails, List<WriteStep> steps) throws IOException {
        assertThat(slice.sequence()).isGreaterThan(lastCommitted);
        lastCommitted = slice.sequence();
        SliceRecord record = slice.record();
        checkBlocks(record);
        if (fails) {
            lost++;
            queue.refused(slice, failure(), true, steps);
        } else {
            tree.computeIfAbsent(slice.chunk(), _ -> new ArrayList<>()).add(record);
            queue.committed(slice, steps);
        }
    }

    private static MemorySegment bytesOf(WriteStep.Upload upload) {
        return upload.buffer().bytes().asSlice(0, upload.bytes());
    }

    private static FileError failure() {
        return new FileError(FileError.Kind.IO, "as the test wants it");
    }

    private void checkBlocks(SliceRecord record) throws IOException {
        for (int index = 0; index * blockBytes < record.size(); index++) {
            int bytes = Math.min(blockBytes, record.size() - index * blockBytes);
            String key = new VolumeLayout("vol", false).blockKey(record.sliceId(), index, bytes);
            assertThat(store.head(key)).as(key).isPresent();
            assertThat(store.head(key).orElseThrow().bytes()).isEqualTo(bytes);
        }
    }

    /** The store has the blocks of the slices in the tree and no others. */
    void checkStore() throws IOException {
        Set<String> expected = new HashSet<>();
        for (List<SliceRecord> records : tree.values()) {
            for (SliceRecord record : records) {
                checkBlocks(record);
                for (int index = 0; index * blockBytes < record.size(); index++) {
                    int bytes = Math.min(blockBytes, record.size() - index * blockBytes);
                    expected.add(new VolumeLayout("vol", false).blockKey(record.sliceId(), index, bytes));
                }
            }
        }
        Set<String> found = new HashSet<>();
        store.list("vol/", null, 1000).forEach(object -> found.add(object.key()));
        assertThat(found).isEqualTo(expected);
    }

    /** What a reader sees is what was written, wherever it is on its way. */
    void checkReads() throws IOException {
        MemorySegment into = MemorySegment.ofArray(new byte[MODEL_BYTES]);
        var plan = new ReadPlan(cache, blockBytes, MODEL_START, into);
        for (DirtySlice slice : queue.slices().reversed()) {
            plan.layDirty(slice);
        }
        for (int chunk = 0; chunk < 2; chunk++) {
            plan.layChunk(chunk, ChunkView.of(tree.getOrDefault(chunk, List.of())));
        }
        assertThat(plan.missing()).isEmpty();
        for (ReadPlan.Part part : plan.parts()) {
            BlockKey.Slice key = part.key();
            cache.read(key, part.offset(), part.into());
        }
        byte[] read = into.toArray(ValueLayout.JAVA_BYTE);
        assertThat(Arrays.mismatch(read, model)).as("first byte that differs").isEqualTo(-1);
    }

    @Override
    public void close() {
        pool.close();
        cache.close();
    }
}
