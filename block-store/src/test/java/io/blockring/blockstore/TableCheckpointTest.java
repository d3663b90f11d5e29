package io.blockring.blockstore;

import static io.blockring.blockstore.TestBlocks.block;
import static io.blockring.blockstore.TestBlocks.fill;
import static io.blockring.blockstore.TestBlocks.isThere;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.BlockKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run that ends in order leaves for the next one, and what becomes of it. */
class TableCheckpointTest {
    private static final int BLOCKS = 40;

    @TempDir
    Path directory;

    private final FaultyParts.RowGate gate = new FaultyParts.RowGate(0);

    @Test
    void afterARunThatEndedInOrderNoRowIsWalked() throws Exception {
        fillSome();
        // Were rows walked, the store would wait at the gate.
        try (var store =
                BlockStore.open(settings(), new FaultyParts().withRowGate(gate).parts())) {
            assertThat(store.awaitLoaded(Duration.ofSeconds(20))).isTrue();
            checkAll(store);
            assertThat(table()).doesNotExist();
        }
    }

    @Test
    void whatWasUsedIsStillSpared() throws Exception {
        fillSome();
        try (var store = BlockStore.open(settings())) {
            for (int i = 1; i <= 10; i++) {
                assertThat(isThere(store, some(i))).isTrue();
            }
        }
        try (var store = BlockStore.open(settings())) {
            for (int i = 1; i <= BLOCKS; i++) {
                try (StoredBlock found = TestBlocks.found(store, some(i))) {
                    assertThat(((SlotBlock) found).isWantedInMemory()).isEqualTo(i <= 10);
                }
            }
        }
    }

    @Test
    void aSpoiltOneIsNotBelieved() throws Exception {
        fillSome();
        byte[] whole = Files.readAllBytes(table());
        var random = new Random(1);
        for (int round = 0; round < 60; round++) {
            byte[] spoilt = whole.clone();
            if (round % 3 == 0) {
                spoilt = Arrays.copyOf(whole, random.nextInt(whole.length));
            } else {
                spoilt[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(table(), spoilt);
            try (var store = BlockStore.open(settings())) {
                checkAll(store);
            }
        }
    }

    @Test
    void theOneOfAnEarlierRunIsNotBelieved() throws Exception {
        fillSome();
        Path old = directory.resolve("old");
        Files.copy(table(), old);
        try (var store = BlockStore.open(settings())) {
            for (int i = 1; i <= BLOCKS; i++) {
                StoredBlock found = TestBlocks.found(store, some(i));
                found.close();
                store.drop(some(i), found.generation());
            }
            fill(store, block(2, 1, 70_000));
        }
        Files.move(old, table(), StandardCopyOption.REPLACE_EXISTING);
        try (var store = BlockStore.open(settings())) {
            assertThat(store.usage().disk().blocks()).isEqualTo(1);
            assertThat(isThere(store, block(2, 1, 70_000))).isTrue();
            store.checkAccounting();
        }
    }

    @Test
    void itIsNotWrittenByARunThatDoesNotKnowAllBlocks() throws Exception {
        fillSome();
        Files.delete(table());
        BlockStore store =
                BlockStore.open(settings(), new FaultyParts().withRowGate(gate).parts());
        gate.awaitReached();
        var end = Thread.ofPlatform().start(store::close);
        gate.open();
        assertThat(end.join(Duration.ofSeconds(30))).isTrue();
        try (var next = BlockStore.open(settings())) {
            checkAll(next);
        }
    }

    private void fillSome() throws Exception {
        try (var store = BlockStore.open(settings())) {
            for (int i = 1; i <= BLOCKS; i++) {
                fill(store, some(i));
            }
        }
        assertThat(table()).exists();
    }

    private static void checkAll(BlockStore store) throws Exception {
        assertThat(store.usage().disk().blocks()).isEqualTo(BLOCKS);
        for (int i = 1; i <= BLOCKS; i++) {
            assertThat(isThere(store, some(i))).as("block %d", i).isTrue();
        }
        assertThat(store.usage().torn()).isZero();
        store.checkAccounting();
    }

    private Path table() {
        return directory.resolve("cache").resolve("table");
    }

    private static BlockKey some(int i) {
        return block(i % 2, i, 70_000);
    }

    private BlockStoreSettings settings() {
        return new BlockStoreSettings(List.of(new CacheDirectory(directory.resolve("cache"), 64 << 20)), 0, 16 << 20);
    }
}
