package io.blockring.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.BlockKey;
import io.blockring.block.testing.Seeds;
import io.blockring.cacheclient.BlockCache;
import io.blockring.objectstore.ObjectStoreException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ReadAheadTest {
    private static final int BLOCK = Volume.BLOCK;
    private static final int FILE_BYTES = 40 * BLOCK + 123;

    private final TroubledStore store = new TroubledStore();
    private final MemoryTree tree = new MemoryTree();

    @Test
    void aSequentialReaderFetchesEachByteOnce() throws Exception {
        try (Volume volume = Volume.of(tree, store)) {
            volume.file("file", Volume.bytes(1, FILE_BYTES));
            long handle = volume.open("file", Volume.READ).handle();
            byte[] expected = Volume.bytes(1, FILE_BYTES);
            for (int at = 0; at < FILE_BYTES; at += 4096) {
                byte[] read = volume.read(handle, at, 4096);
                assertThat(read).isEqualTo(Arrays.copyOfRange(expected, at, Math.min(FILE_BYTES, at + 4096)));
            }
            assertThat(store.gotBytes()).isEqualTo(FILE_BYTES);
            assertThat(store.gets()).isLessThan(100);
            ReadAheadUse use = volume.files.readAheadUse();
            assertThat(use.used()).isEqualTo(use.loaded()).isEqualTo(FILE_BYTES - 4096);
            assertThat(use.wasted()).isZero();
        }
    }

    /** As the kernel does it: the pieces of its own read-ahead come side by side. */
    @Test
    void readersSideBySideFetchEachByteOnce() throws Exception {
        try (Volume volume = Volume.of(tree, store);
                var threads = Executors.newFixedThreadPool(4)) {
            volume.file("file", Volume.bytes(1, 8 * BLOCK));
            for (int i = 1; i <= 200; i++) {
                long handle = volume.open("file", Volume.READ).handle();
                for (int at = 0; at < 8 * BLOCK; at += 4 * BLOCK) {
                    var start = new CyclicBarrier(4);
                    List<Future<byte[]>> reads = new ArrayList<>();
                    for (int part = 0; part < 4; part++) {
                        int from = at + part * BLOCK;
                        reads.add(threads.submit(() -> {
                            start.await(30, TimeUnit.SECONDS);
                            return volume.read(handle, from, BLOCK);
                        }));
                    }
                    for (Future<byte[]> read : reads) {
                        assertThat(read.get(30, TimeUnit.SECONDS)).hasSize(BLOCK);
                    }
                }
                volume.files.release(handle);
                assertThat(store.gotBytes()).as("after reading it %d times", i).isEqualTo(8L * BLOCK * i);
            }
        }
    }

    @Test
    void randomReadsFetchWhatTheyAskForAndNothingElse() {
        Seeds.forEach(5, random -> {
            var counted = new TroubledStore();
            try (Volume volume = Volume.of(new MemoryTree(), counted)) {
                volume.file("file", Volume.bytes(1, FILE_BYTES));
                long handle = volume.open("file", Volume.READ).handle();
                long asked = 0;
                for (int i = 0; i < 100; i++) {
                    int offset = 1 + (i % 2) * (FILE_BYTES / 2) + random.nextInt(FILE_BYTES / 2 - 5000);
                    asked += volume.read(handle, offset, 1000).length;
                }
                assertThat(counted.gotBytes()).isEqualTo(asked);
                assertThat(volume.files.readAheadUse().loaded()).isZero();
            }
        });
    }

    @Test
    void aReaderWaitsForAPieceThatIsUnderWay() throws Exception {
        var gate = new CountDownLatch(1);
        var arrived = new AtomicInteger();
        try (Volume volume = Volume.of(tree, store);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            volume.file("file", Volume.bytes(1, 4 * BLOCK));
            long handle = volume.open("file", Volume.READ).handle();
            store.beforeGet(key -> {
                if (key.contains("_1_")) {
                    arrived.incrementAndGet();
                    await(gate);
                }
            });
            volume.read(handle, 0, BLOCK);
            Volume.await("the next block is under way", () -> arrived.get() == 1);
            var second = threads.submit(() -> volume.read(handle, BLOCK, BLOCK));
            gate.countDown();
            assertThat(second.get(30, TimeUnit.SECONDS))
                    .isEqualTo(Arrays.copyOfRange(Volume.bytes(1, 4 * BLOCK), BLOCK, 2 * BLOCK));
            assertThat(arrived.get()).isEqualTo(1);
        }
    }

    @Test
    void whatIsLoadedIsNotLoadedAgain() throws Exception {
        var cache = new BlockCache(store, Volume.LAYOUT);
        byte[] bytes = Volume.bytes(1, BLOCK);
        BlockKey.Slice key = cache.keyOf(1, 0, BLOCK);
        cache.write(key, MemorySegment.ofArray(bytes));
        try (var pool = new BufferPool(4L * BLOCK, BLOCK)) {
            var readAhead = new ReadAhead(cache, pool, Runnable::run, System::nanoTime);
            readAhead.load(this, key, 100, 100);
            readAhead.load(this, key, 120, 50);
            readAhead.load(this, key, 150, 100);
            readAhead.load(this, key, 50, 300);
            assertThat(readAhead.loadedBytes()).isEqualTo(store.gotBytes()).isEqualTo(300);
            assertThat(readAhead.gapAt(key, 0, 1000)).isEqualTo(50);
            MemorySegment into = MemorySegment.ofArray(new byte[1000]);
            assertThat(readAhead.read(key, 0, into)).isZero();
            assertThat(readAhead.read(key, 50, into)).isEqualTo(50);
            assertThat(readAhead.read(key, 100, into)).isEqualTo(100);
            assertThat(readAhead.read(key, 250, into)).isEqualTo(100);
            assertThat(readAhead.read(key, 200, into)).isEqualTo(50);
            assertThat(Arrays.copyOf(into.toArray(ValueLayout.JAVA_BYTE), 50))
                    .isEqualTo(Arrays.copyOfRange(bytes, 200, 250));
            assertThat(pool.lentBytes()).isZero();
        }
    }

    @Test
    void whatCannotBeLentWholeIsNotReadYet() throws Exception {
        var cache = new BlockCache(store, Volume.LAYOUT);
        byte[] bytes = Volume.bytes(1, BLOCK);
        BlockKey.Slice key = cache.keyOf(1, 0, BLOCK);
        cache.write(key, MemorySegment.ofArray(bytes));
        try (var pool = new BufferPool(4L * BLOCK, BLOCK)) {
            var readAhead = new ReadAhead(cache, pool, Runnable::run, System::nanoTime);
            readAhead.load(this, key, 0, 100);
            readAhead.load(this, key, 100, 100);
            assertThat(readAhead.lend(key, 0, 150)).isNull();
            MemorySegment into = MemorySegment.ofArray(new byte[150]);
            assertThat(readAhead.read(key, 0, into)).isEqualTo(100);
            assertThat(readAhead.read(key, 100, into.asSlice(100))).isEqualTo(50);
            assertThat(into.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(Arrays.copyOf(bytes, 150));
            assertThat(readAhead.usedBytes()).isEqualTo(150);
            assertThat(readAhead.loadedBytes()).isEqualTo(store.gotBytes()).isEqualTo(200);
        }
    }

    @Test
    void whatIsLentIsNotReusedBeforeItIsGivenBack() throws Exception {
        var cache = new BlockCache(store, Volume.LAYOUT);
        for (int index = 0; index < 3; index++) {
            cache.write(cache.keyOf(1, index, BLOCK), MemorySegment.ofArray(Volume.bytes(index, BLOCK)));
        }
        try (var pool = new BufferPool(2L * BLOCK, BLOCK)) {
            var readAhead = new ReadAhead(cache, pool, Runnable::run, System::nanoTime);
            readAhead.load(this, cache.keyOf(1, 0, BLOCK), 0, BLOCK);
            ReadAhead.Lent lent = Objects.requireNonNull(readAhead.lend(cache.keyOf(1, 0, BLOCK), 0, BLOCK));
            MemorySegment into = MemorySegment.ofArray(new byte[BLOCK]);
            assertThat(readAhead.read(cache.keyOf(1, 0, BLOCK), 0, into)).isEqualTo(BLOCK);
            readAhead.forget(this);
            for (int index = 1; index < 3; index++) {
                readAhead.load(this, cache.keyOf(1, index, BLOCK), 0, BLOCK);
            }
            assertThat(lent.memory().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(Volume.bytes(0, BLOCK));
            assertThat(readAhead.loadedBytes())
                    .as("there is room for one beside it")
                    .isEqualTo(2 * BLOCK);
            lent.close();
            lent.close();
            assertThat(pool.lentBytes()).isEqualTo(BLOCK);
        }
    }

    @Test
    void aReaderLoadsWhatNoThreadHasTaken() throws Exception {
        var cache = new BlockCache(store, Volume.LAYOUT);
        BlockKey.Slice key = cache.keyOf(1, 0, BLOCK);
        cache.write(key, MemorySegment.ofArray(Volume.bytes(1, BLOCK)));
        Executor busy = _ -> {};
        Executor full = _ -> {
            throw new RejectedExecutionException("as the test wants it");
        };
        for (Executor threads : List.of(busy, full)) {
            try (var pool = new BufferPool(4L * BLOCK, BLOCK)) {
                var readAhead = new ReadAhead(cache, pool, threads, System::nanoTime);
                readAhead.load(this, key, 0, BLOCK);
                MemorySegment into = MemorySegment.ofArray(new byte[BLOCK]);
                assertThat(readAhead.read(key, 0, into)).isEqualTo(BLOCK);
                assertThat(into.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(Volume.bytes(1, BLOCK));
                assertThat(pool.lentBytes()).isZero();

                readAhead.load(this, key, 0, BLOCK);
                readAhead.forget(this);
                assertThat(pool.lentBytes()).as("of one whose turn never came").isZero();
            }
        }
    }

    @Test
    void loadersThatBreakDownMakeRoomForOthers() throws Exception {
        var cache = new BlockCache(store, Volume.LAYOUT);
        BlockKey.Slice key = cache.keyOf(1, 0, BLOCK);
        cache.write(key, MemorySegment.ofArray(Volume.bytes(1, BLOCK)));
        store.beforeGet(_ -> {
            throw new IllegalStateException("broken on purpose");
        });
        Executor noting = task -> {
            try {
                task.run();
            } catch (IllegalStateException e) {
                assertThat(e).hasMessage("broken on purpose");
            }
        };
        try (var pool = new BufferPool(4L * BLOCK, BLOCK)) {
            var readAhead = new ReadAhead(cache, pool, noting, System::nanoTime);
            for (int i = 0; i < 2 * ReadAhead.LOADS; i++) {
                readAhead.load(this, key, 0, BLOCK);
            }
            assertThat(pool.lentBytes()).isZero();
            store.beforeGet(TroubledStore.NONE);
            readAhead.load(this, key, 0, BLOCK);
            assertThat(readAhead.loadedBytes()).isEqualTo(BLOCK);
        }
    }

    @Test
    void staleAndUnreadPiecesMakeRoomForOthers() throws Exception {
        var cache = new BlockCache(store, Volume.LAYOUT);
        var nanos = new AtomicLong();
        try (var pool = new BufferPool(2L * BLOCK, BLOCK)) {
            var readAhead = new ReadAhead(cache, pool, Runnable::run, nanos::get);
            for (int index = 0; index < 4; index++) {
                cache.write(cache.keyOf(1, index, BLOCK), MemorySegment.ofArray(Volume.bytes(index, BLOCK)));
            }
            for (int index = 0; index < 3; index++) {
                readAhead.load(this, cache.keyOf(1, index, BLOCK), 0, BLOCK);
            }
            assertThat(readAhead.loadedBytes())
                    .as("there is no room for the third")
                    .isEqualTo(2 * BLOCK);
            nanos.addAndGet(ReadAhead.STALE_NANOS);
            readAhead.load(this, cache.keyOf(1, 3, BLOCK), 0, BLOCK);
            assertThat(readAhead.loadedBytes()).isEqualTo(3 * BLOCK);
            assertThat(readAhead.wastedBytes()).isEqualTo(BLOCK);
            readAhead.forget(this);
            assertThat(readAhead.wastedBytes()).isEqualTo(3 * BLOCK);
            assertThat(pool.lentBytes()).isZero();
        }
    }

    private static void await(CountDownLatch gate) {
        try {
            assertThat(gate.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatAClosedHandleDidNotReadIsCountedAsWasted() throws Exception {
        try (Volume volume = Volume.of(tree, store)) {
            volume.file("file", Volume.bytes(1, FILE_BYTES));
            long handle = volume.open("file", Volume.READ).handle();
            volume.read(handle, 0, 4096);
            Volume.await(
                    "the first window is loaded, up to the end of a block",
                    () -> volume.files.readAheadUse().loaded() == 3 * BLOCK - 4096);
            volume.files.release(handle);
            assertThat(volume.files.readAheadUse().wasted()).isEqualTo(3 * BLOCK - 4096);
        }
    }

    @Test
    void readersWithoutRoomToReadAheadStillReadRight() throws Exception {
        byte[] expected = Volume.bytes(1, FILE_BYTES);
        var limits = new FileSystemLimits(8L * BLOCK, 2L * BLOCK, 4, 8, Duration.ofSeconds(30));
        try (var volume = new Volume(tree, store, limits, Clocks.SYSTEM)) {
            volume.file("file", expected);
            long[] handles = new long[6];
            for (int i = 0; i < handles.length; i++) {
                handles[i] = volume.open("file", Volume.READ).handle();
            }
            for (int at = 0; at < FILE_BYTES; at += 10_000) {
                for (long handle : handles) {
                    assertThat(volume.read(handle, at, 10_000))
                            .isEqualTo(Arrays.copyOfRange(expected, at, Math.min(FILE_BYTES, at + 10_000)));
                }
            }
        }
    }

    @Test
    void aFailedReadAheadDoesNotFailTheReader() throws Exception {
        var failures = new AtomicInteger(10);
        try (Volume volume = Volume.of(tree, store)) {
            byte[] expected = Volume.bytes(1, FILE_BYTES);
            volume.file("file", expected);
            long handle = volume.open("file", Volume.READ).handle();
            volume.read(handle, 0, 1);
            Thread reader = Thread.currentThread();
            store.beforeGet(key -> {
                if (!Thread.currentThread().equals(reader) && failures.getAndDecrement() > 0) {
                    TroubledStore.failing(ObjectStoreException.Kind.RETRY).with(key);
                }
            });
            for (int at = 1; at < FILE_BYTES; at += 4096) {
                assertThat(volume.read(handle, at, Math.min(4096, BLOCK - at % BLOCK)))
                        .isEqualTo(Arrays.copyOfRange(
                                expected, at, Math.min(FILE_BYTES, at + Math.min(4096, BLOCK - at % BLOCK))));
            }
        }
    }
}
