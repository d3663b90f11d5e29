package io.blockring.blockstore;

import static io.blockring.blockstore.TestBlocks.block;
import static io.blockring.blockstore.TestBlocks.fill;
import static io.blockring.blockstore.TestBlocks.isThere;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.block.BlockKey;
import io.blockring.blockstore.FaultyParts.RowGate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a store does while its index is being loaded, row by row. */
class IndexLoadingTest {
    private static final int BLOCKS = 60;
    private static final int BEFORE_GATE = 20;

    @TempDir
    Path directory;

    private final RowGate gate = new RowGate(BEFORE_GATE);

    @Test
    void allBlocksAreFoundBeforeTheirRowsAreReached() throws Exception {
        fillSome();
        try (var store = openGated()) {
            assertThat(store.usage().disk().blocks()).isEqualTo(BEFORE_GATE);
            for (int i = 1; i <= BLOCKS; i++) {
                assertThat(isThere(store, some(i))).as("block %d", i).isTrue();
            }
            assertThat(store.find(block(9, 9, 9))).isNull();
            gate.open();
            awaitLoaded(store);
            assertThat(store.usage().disk().blocks()).isEqualTo(BLOCKS);
            assertThat(store.usage().torn()).isZero();
            store.checkAccounting();
        }
    }

    @Test
    void nothingIsFilledBeforeAllSlotsAreKnown() throws Exception {
        fillSome();
        try (var store = openGated()) {
            var refused = catchThrowableOfType(CacheFullException.class, () -> fill(store, block(2, 1, 70_000)));
            assertThat(refused.reason()).isEqualTo(CacheFullException.Reason.LOADING);
            gate.open();
            awaitLoaded(store);
            fill(store, block(2, 1, 70_000));
            for (int i = 1; i <= BLOCKS; i++) {
                assertThat(isThere(store, some(i))).as("block %d", i).isTrue();
            }
            store.checkAccounting();
        }
    }

    @Test
    void whatIsDroppedMeanwhileDoesNotComeBack() throws Exception {
        fillSome();
        try (var store = openGated()) {
            for (int i = 1; i <= BLOCKS; i++) {
                StoredBlock found = TestBlocks.found(store, some(i));
                found.close();
                store.drop(some(i), found.generation());
                assertThat(store.find(some(i))).isNull();
            }
            gate.open();
            awaitLoaded(store);
            assertThat(store.usage().disk().blocks()).isZero();
            store.checkAccounting();
            fillSomeInto(store);
            store.checkAccounting();
        }
        try (var store = BlockStore.open(settings())) {
            assertThat(store.usage().disk().blocks()).isEqualTo(BLOCKS);
            store.checkAccounting();
        }
    }

    @Test
    void aVolumeIsEvictedWithTheBlocksThatWereNotLoadedYet() throws Exception {
        fillSome();
        try (var store = openGated()) {
            var eviction = CompletableFuture.supplyAsync(() -> {
                try {
                    return store.evictVolume(1);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            gate.open();
            assertThat(eviction.get(30, TimeUnit.SECONDS)).isPositive();
            for (int i = 1; i <= BLOCKS; i++) {
                assertThat(isThere(store, some(i))).isEqualTo(i % 2 != 1);
            }
            store.checkAccounting();
        }
    }

    @Test
    void nothingIsEvictedBeforeAllBlocksAreKnown() throws Exception {
        fillSome();
        Files.delete(directory.resolve("cache").resolve("table"));
        var full = new FileSystemSpace(1000 << 20, 0, 0, 0);
        var limits = new BlockStoreSettings(settings().directories(), 0, 16 << 20, 0.1, Eviction.SIEVE);
        try (var store = BlockStore.open(
                limits, new FaultyParts().withRowGate(gate).withSpace(_ -> full).parts())) {
            gate.awaitReached();
            for (int i = 1; i <= BLOCKS; i++) {
                assertThat(isThere(store, some(i))).as("block %d", i).isTrue();
            }
            assertThat(store.usage().disk().evictedBlocks()).isZero();
            gate.open();
            TestBlocks.await(() -> store.usage().disk().evictedBlocks() == BLOCKS);
        }
    }

    @Test
    void aStoreThatIsClosedMeanwhileHasAllBlocksTheNextTime() throws Exception {
        fillSome();
        BlockStore store = openGated();
        gate.open();
        store.close();
        try (var next = BlockStore.open(settings())) {
            assertThat(next.usage().disk().blocks()).isEqualTo(BLOCKS);
            for (int i = 1; i <= BLOCKS; i++) {
                assertThat(isThere(next, some(i))).as("block %d", i).isTrue();
            }
            next.checkAccounting();
        }
    }

    private BlockStore openGated() throws Exception {
        Files.delete(directory.resolve("cache").resolve("table")); // else no row would be walked
        BlockStore store =
                BlockStore.open(settings(), new FaultyParts().withRowGate(gate).parts());
        gate.awaitReached();
        return store;
    }

    private static void awaitLoaded(BlockStore store) throws Exception {
        assertThat(store.awaitLoaded(Duration.ofSeconds(30))).isTrue();
    }

    private void fillSome() throws Exception {
        try (var store = BlockStore.open(settings())) {
            fillSomeInto(store);
        }
    }

    private static void fillSomeInto(BlockStore store) throws Exception {
        for (int i = 1; i <= BLOCKS; i++) {
            fill(store, some(i));
        }
    }

    /** Blocks of two volumes, some of them small. */
    private static BlockKey some(int i) {
        return block(i % 2, i, i % 5 == 0 ? 9000 : 70_000);
    }

    private BlockStoreSettings settings() {
        return new BlockStoreSettings(List.of(new CacheDirectory(directory.resolve("cache"), 64 << 20)), 0, 16 << 20);
    }
}
