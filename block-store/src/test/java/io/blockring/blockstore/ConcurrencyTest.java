package io.blockring.blockstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockKey;
import io.blockring.block.testing.Seeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many threads read, fill, drop and evict the same few blocks in little room. */
class ConcurrencyTest {
    private static final int THREADS = 8;
    private static final int STEPS = 400;
    private static final int BLOCKS = 60;

    @TempDir
    Path directory;

    @Test
    void inMemoryNobodySeesAnothersBytes() {
        Seeds.forEach(3, random -> crowd(random, new BlockStoreSettings(List.of(), 4 << 20, 0)));
    }

    @Test
    void onDiskNobodySeesAnothersBytes() {
        Seeds.forEach(2, random -> crowd(random, disk(random, 0)));
    }

    @Test
    void withTwoTiersNobodySeesAnothersBytes() {
        Seeds.forEach(2, random -> crowd(random, disk(random, 2 << 20)));
    }

    @Test
    void aReaderThatIsInterruptedDoesNotCloseTheFileForOthers() throws Exception {
        BlockKey key = TestBlocks.block(1, 1, 100_000);
        try (var store = BlockStore.open(disk(new Random(1), 0))) {
            TestBlocks.fill(store, key);
            try (var block = (StoredBlock.OnDisk) TestBlocks.found(store, key)) {
                Thread.currentThread().interrupt();
                assertThatExceptionOfType(ClosedByInterruptException.class)
                        .isThrownBy(() -> block.file().read(ByteBuffer.allocate(10), block.fileOffset()));
                // The store's own reads and writes do not mind.
                TestBlocks.fill(store, TestBlocks.block(1, 2, 100_000));
                assertThat(block.isIntact()).isTrue();
                assertThat(Thread.interrupted()).isTrue();
                assertThat(TestBlocks.read(block)).isEqualTo(TestBlocks.bytesOf(key));
            }
            assertThat(TestBlocks.isThere(store, TestBlocks.block(1, 2, 100_000)))
                    .isTrue();
        }
    }

    private void crowd(Random random, BlockStoreSettings settings) throws Exception {
        try (var store = BlockStore.open(settings);
                var threads = Executors.newFixedThreadPool(THREADS)) {
            var hits = new LongAdder();
            var runs = new ArrayList<Future<?>>();
            for (int i = 0; i < THREADS; i++) {
                long seed = random.nextLong();
                runs.add(threads.submit(() -> {
                    act(store, new Random(seed), hits);
                    return null;
                }));
            }
            for (Future<?> run : runs) {
                run.get(60, TimeUnit.SECONDS);
            }
            BlockStoreUsage usage = store.usage();
            assertThat(hits.sum()).isGreaterThan(THREADS * STEPS / 20);
            assertThat(usage.memory().evictedBlocks() + usage.disk().evictedBlocks())
                    .isGreaterThan(BLOCKS);
            assertThat(usage.torn()).isZero();
            assertThat(usage.diskErrors()).isZero();
            awaitPromotions(store);
            store.checkAccounting();
        }
    }

    private static void act(BlockStore store, Random random, LongAdder hits) throws IOException {
        for (int step = 0; step < STEPS; step++) {
            int slice = 1 + random.nextInt(BLOCKS);
            BlockKey key = TestBlocks.block(slice % 3, slice, TestBlocks.someLength(new Random(slice)));
            int choice = random.nextInt(100);
            if (choice < 55) {
                hits.add(read(store, key, random) ? 1 : 0);
            } else if (choice < 95) {
                fill(store, key, random);
            } else if (choice < 99) {
                drop(store, key);
            } else {
                store.evictVolume(slice % 3);
            }
        }
    }

    private static boolean read(BlockStore store, BlockKey key, Random random) throws IOException {
        try (StoredBlock block = store.find(key)) {
            if (block == null) {
                return false;
            }
            if (random.nextInt(8) == 0) {
                drop(store, key);
            }
            assertThat(TestBlocks.read(block)).isEqualTo(TestBlocks.bytesOf(key));
            assertThat(block.isIntact()).isTrue();
            assertThat(TestBlocks.read(block)).isEqualTo(TestBlocks.bytesOf(key));
            return true;
        }
    }

    private static void fill(BlockStore store, BlockKey key, Random random) throws IOException {
        try (BlockFill fill = store.reserve(key, key.plainBytes())) {
            TestBlocks.fillBuffer(fill, key);
            if (random.nextInt(5) > 0) {
                fill.commit(BlockChecksums.of(fill.buffer()));
            }
        } catch (CacheFullException e) {
            assertThat(e.reason()).isNotEqualTo(CacheFullException.Reason.DISK);
        }
    }

    private static void drop(BlockStore store, BlockKey key) {
        StoredBlock block = store.find(key);
        if (block != null) {
            block.close();
            store.drop(key, block.generation());
        }
    }

    private static void awaitPromotions(BlockStore store) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (store.isInUse()) {
            assertThat(System.nanoTime()).as("a promotion does not end").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private BlockStoreSettings disk(Random random, long memoryBytes) {
        var cache = new CacheDirectory(directory.resolve("cache" + random.nextLong()), 5 << 20);
        return new BlockStoreSettings(List.of(cache), memoryBytes, 16 << 20);
    }
}
