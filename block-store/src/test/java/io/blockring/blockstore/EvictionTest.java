package io.blockring.blockstore;

import static io.blockring.blockstore.TestBlocks.block;
import static io.blockring.blockstore.TestBlocks.fill;
import static io.blockring.blockstore.TestBlocks.isThere;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.block.BlockKey;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvictionTest {
    private static final int BLOCK_BYTES = 60_000;

    @TempDir
    Path directory;

    @Test
    void onDiskWhatIsReadSurvivesAScan() throws Exception {
        try (var store = BlockStore.open(disk(16 << 20, 0))) {
            scanBesideHotBlocks(store, 400);
        }
    }

    @Test
    void inMemoryWhatIsReadSurvivesAScan() throws Exception {
        try (var store = BlockStore.open(new BlockStoreSettings(List.of(), 16 << 20, 0))) {
            scanBesideHotBlocks(store, 400);
        }
    }

    @Test
    void whatIsReadInMemoryStaysOnDiskToo() throws Exception {
        try (var store = BlockStore.open(disk(16 << 20, 4 << 20), StoreParts.real(Runnable::run))) {
            scanBesideHotBlocks(store, 1200);
            assertThat(store.usage().memory().hits()).isGreaterThan(100);
            for (int hot = 1; hot <= 20; hot++) {
                assertThat(store.locate(block(1, hot, BLOCK_BYTES))).isNotNull();
            }
        }
    }

    @Test
    void theSecondUseBringsABlockIntoMemory() throws Exception {
        try (var store = BlockStore.open(disk(16 << 20, 4 << 20), StoreParts.real(Runnable::run))) {
            BlockKey key = block(1, 1, BLOCK_BYTES);
            fill(store, key);
            for (StoredBlock.Tier expected :
                    List.of(StoredBlock.Tier.DISK, StoredBlock.Tier.DISK, StoredBlock.Tier.MEMORY)) {
                try (StoredBlock found = TestBlocks.found(store, key)) {
                    assertThat(found.tier()).isEqualTo(expected);
                    assertThat(TestBlocks.read(found)).isEqualTo(TestBlocks.bytesOf(key));
                }
            }
            store.checkAccounting();
            assertThat(store.usage().memory().blocks()).isEqualTo(1);
            assertThat(store.evictVolume(1)).isGreaterThan(2 * BLOCK_BYTES);
            assertThat(isThere(store, key)).isFalse();
            store.checkAccounting();
        }
    }

    @Test
    void buffersForFillsAreLimited() throws Exception {
        var cache = new CacheDirectory(directory.resolve("cache"), 64 << 20);
        try (var store = BlockStore.open(new BlockStoreSettings(List.of(cache), 0, 3 << 20))) {
            try (BlockFill first = store.reserve(block(1, 1, 1 << 20), 1 << 20);
                    BlockFill second = store.reserve(block(1, 2, 1 << 20), 1 << 20)) {
                assertThat(first.generation()).isLessThan(second.generation());
                assertThat(store.usage().fillBytes()).isBetween(2L << 20, 3L << 20);
                var full = catchThrowableOfType(CacheFullException.class, () -> fill(store, block(1, 3, 1 << 20)));
                assertThat(full.reason()).isEqualTo(CacheFullException.Reason.NO_BUFFER);
                store.checkAccounting();
            }
            fill(store, block(1, 3, 1 << 20));
            fill(store, block(1, 4, 2 << 20));
            assertThat(store.usage().fillBytes()).isZero();
        }
    }

    @Test
    void theDirectoryIsNotLargerThanItsLimit() throws Exception {
        long limit = 32 << 20;
        var random = new Random(1);
        try (var store = BlockStore.open(disk(limit, 0))) {
            for (int i = 1; i <= 1500; i++) {
                fill(store, block(i % 3, i, TestBlocks.someLength(random)));
                if (i % 250 == 0) {
                    assertThat(TestBlocks.bytesOnDisk(directory))
                            .as("after %d fills", i)
                            .isLessThanOrEqualTo(limit);
                }
            }
            store.checkAccounting();
            assertThat(store.usage().disk().evictedBlocks()).isGreaterThan(500);
        }
    }

    /** Fills so many blocks beside 20 that are read now and then, into room for about 230. */
    private static void scanBesideHotBlocks(BlockStore store, int blocks) throws Exception {
        for (int i = 1; i <= 100; i++) {
            fill(store, block(1, i, BLOCK_BYTES));
        }
        for (int i = 1001; i <= 1000 + blocks; i++) {
            fill(store, block(1, i, BLOCK_BYTES));
            if (i % 5 == 0) {
                for (int hot = 1; hot <= 20; hot++) {
                    isThere(store, block(1, hot, BLOCK_BYTES));
                }
            }
        }
        assertThat(countThere(store, 1, 20)).isGreaterThanOrEqualTo(18);
        assertThat(countThere(store, 21, 100)).isLessThan(30);
        store.checkAccounting();
    }

    private static int countThere(BlockStore store, int from, int to) throws Exception {
        int there = 0;
        for (int i = from; i <= to; i++) {
            there += isThere(store, block(1, i, BLOCK_BYTES)) ? 1 : 0;
        }
        return there;
    }

    private BlockStoreSettings disk(long bytes, long memoryBytes) {
        return new BlockStoreSettings(
                List.of(new CacheDirectory(directory.resolve("cache"), bytes)), memoryBytes, 16 << 20);
    }
}
