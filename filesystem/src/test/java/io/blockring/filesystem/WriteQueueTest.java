package io.blockring.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.meta.FileTree;
import io.blockring.meta.Timestamp;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WriteQueueTest {
    private static final int BLOCK = 64 << 10;
    private static final Timestamp NOW = new Timestamp(1, 0);

    @Test
    void whateverOrderThingsEndInTheFileIsWhatWasWritten() {
        Seeds.forEach(60, random -> {
            try (var world = new QueueWorld(random, 0, BLOCK << random.nextInt(4))) {
                for (int i = 0; i < 120; i++) {
                    world.doSomething();
                    if (i % 10 == 0) {
                        world.checkReads();
                    }
                }
                world.settle();
                world.checkReads();
                world.checkStore();
                assertThat(world.failures()).isZero();
            }
        });
    }

    @Test
    void aFailureLosesItsSliceAndNothingElse() {
        Seeds.forEach(60, random -> {
            try (var world = new QueueWorld(random, 0.15, BLOCK << random.nextInt(4))) {
                for (int i = 0; i < 120; i++) {
                    world.doSomething();
                }
                world.settle();
                world.checkStore();
                assertThat(world.failures()).isEqualTo(world.slicesLost());
            }
        });
    }

    @Test
    void aSequentialWriteOf500MegabytesMakesEightSlicesOnASlowStore() {
        int block = 4 << 20;
        long bytesPerSecond = 10_000_000;
        long total = 500_000_000;
        try (var pool = new BufferPool(32L << 20, block)) {
            var queue = new WriteQueue(block);
            MemorySegment data = MemorySegment.ofArray(new byte[128 << 10]);
            record Running(WriteStep.Upload upload, long endNanos) {}
            Deque<Running> uploads = new ArrayDeque<>();
            Deque<WriteStep> steps = new ArrayDeque<>();
            List<DirtySlice> committed = new ArrayList<>();
            long now = 0;
            long storeFree = 0;
            long written = 0;
            long id = 0;
            PooledBuffer spare = null;
            while (written < total || !queue.isEmpty()) {
                List<WriteStep> out = new ArrayList<>();
                boolean blocked = written == total;
                if (!blocked) {
                    MemorySegment part = data.asSlice(0, Math.min(data.byteSize(), total - written));
                    switch (queue.write(written, part, spare, now, NOW, out)) {
                        case WriteQueue.Answer.Took(int bytes, boolean spareUsed) -> {
                            written += bytes;
                            spare = spareUsed ? null : spare;
                        }
                        case WriteQueue.Answer.NeedsBuffer(int bytes) -> {
                            spare = pool.tryAcquire(bytes);
                            blocked = spare == null;
                        }
                        case WriteQueue.Answer.NeedsCommit() -> throw new AssertionError("too many slices");
                    }
                }
                if (blocked) {
                    now += TimeUnit.MILLISECONDS.toNanos(100);
                    queue.tick(now, written < total, out);
                }
                steps.addAll(out);
                while (!uploads.isEmpty() && uploads.getFirst().endNanos() <= now) {
                    WriteStep.Upload upload = uploads.removeFirst().upload();
                    List<WriteStep> more = new ArrayList<>();
                    queue.uploaded(upload.slice(), upload.index(), more);
                    steps.addAll(more);
                }
                while (!steps.isEmpty()) {
                    List<WriteStep> more = new ArrayList<>();
                    switch (steps.removeFirst()) {
                        case WriteStep.Name(DirtySlice slice) -> queue.named(slice, ++id, more);
                        case WriteStep.Upload upload -> {
                            storeFree = Math.max(storeFree, now)
                                    + TimeUnit.SECONDS.toNanos(upload.bytes()) / bytesPerSecond;
                            uploads.addLast(new Running(upload, storeFree));
                        }
                        case WriteStep.Commit(DirtySlice slice) -> {
                            committed.add(slice);
                            queue.committed(slice, more);
                        }
                        case WriteStep.Free(PooledBuffer buffer) -> pool.release(buffer);
                        case WriteStep.Remove(DirtySlice _) -> throw new AssertionError("nothing failed");
                    }
                    steps.addAll(more);
                }
            }
            assertThat(committed).hasSize(8);
            assertThat(committed).extracting(DirtySlice::chunk).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
            assertThat(committed.stream().mapToLong(DirtySlice::length).sum()).isEqualTo(total);
            assertThat(pool.lentBytes()).isZero();
        }
    }

    @Test
    void aSliceIsFrozenWhenIdleForASecond() {
        try (var world = new QueueWorld(new Random(1), 0, BLOCK)) {
            world.write(0, 100);
            world.tickAt(WriteQueue.IDLE_NANOS - 1, false);
            assertThat(world.queue().slices().getFirst().isFrozen()).isFalse();
            world.tickAt(WriteQueue.IDLE_NANOS, true);
            assertThat(world.queue().slices().getFirst().isFrozen()).isFalse();
            world.tickAt(WriteQueue.IDLE_NANOS, false);
            assertThat(world.queue().slices().getFirst().isFrozen()).isTrue();
            world.settle();
        }
    }

    @Test
    void aSliceIsFrozenAfterAMinuteThoughItIsWrittenTo() {
        try (var world = new QueueWorld(new Random(1), 0, BLOCK)) {
            for (long at = 0; at < WriteQueue.OLD_NANOS; at += WriteQueue.IDLE_NANOS / 2) {
                world.tickAt(at, false);
                world.write(100 * (at / (WriteQueue.IDLE_NANOS / 2)), 100);
                assertThat(world.queue().slices()).hasSize(1);
                assertThat(world.queue().slices().getFirst().isFrozen()).isFalse();
            }
            world.tickAt(WriteQueue.OLD_NANOS, true);
            assertThat(world.queue().slices().getFirst().isFrozen()).isTrue();
            world.settle();
        }
    }

    @Test
    void aSliceNeverCrossesAChunk() throws IOException {
        try (var world = new QueueWorld(new Random(1), 0, BLOCK)) {
            world.write(FileTree.CHUNK_BYTES - 1000, 2000);
            assertThat(world.queue().slices()).hasSize(2);
            assertThat(world.queue().slices().getFirst().isFrozen()).isTrue();
            assertThat(world.queue().slices().getFirst().length()).isEqualTo(1000);
            assertThat(world.queue().slices().getLast().start()).isEqualTo(FileTree.CHUNK_BYTES);
            world.settle();
            world.checkReads();
        }
    }

    @Test
    void aRewriteOfBytesThatAreNotUploadedStaysInItsSlice() throws IOException {
        try (var world = new QueueWorld(new Random(1), 0, BLOCK)) {
            world.write(0, 1000);
            world.write(500, 100);
            assertThat(world.queue().slices()).hasSize(1);
            world.write(1000, BLOCK);
            world.write(500, 100);
            assertThat(world.queue().slices()).hasSize(2);
            world.settle();
            world.checkReads();
        }
    }

    @Test
    void theBufferOfASmallSliceGrowsWithIt() throws IOException {
        try (var world = new QueueWorld(new Random(1), 0, 16 * BLOCK)) {
            for (int i = 0; i < 20; i++) {
                world.write(FileTree.CHUNK_BYTES + i * 10_000L, 10_000);
                world.checkReads();
            }
            assertThat(world.queue().slices()).hasSize(1);
            assertThat(world.lentBytes()).isEqualTo(4 * BLOCK);
            world.settle();
            world.checkReads();
        }
    }

    @Test
    void scatteredWritesDoNotGrowWithoutLimit() {
        try (var world = new QueueWorld(new Random(1), 0, BLOCK)) {
            for (int i = 0; i < 20; i++) {
                world.write(i * 2000L, 100);
            }
            assertThat(world.queue().slices().stream().filter(slice -> !slice.isFrozen()))
                    .hasSize(WriteQueue.GROWING_PER_CHUNK);
            world.settle();
        }
    }
}
