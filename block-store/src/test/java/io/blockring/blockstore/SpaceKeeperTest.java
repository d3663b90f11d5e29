package io.blockring.blockstore;

import static io.blockring.blockstore.TestBlocks.await;
import static io.blockring.blockstore.TestBlocks.block;
import static io.blockring.blockstore.TestBlocks.fill;
import static io.blockring.blockstore.TestBlocks.isThere;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpaceKeeperTest {
    private static final int BLOCK_BYTES = 100_000;
    private static final long LIMIT = 64 << 20;
    private static final FileSystemSpace ROOMY = new FileSystemSpace(1L << 30, 1L << 29, 1000, 1000);

    @TempDir
    Path directory;

    private volatile FileSystemSpace space = ROOMY;

    @Test
    void thereIsRoomBeforeTheNextFillWantsIt() throws Exception {
        try (var store = open(0)) {
            int next = 1;
            while (store.usage().disk().evictedBlocks() == 0) {
                fill(store, block(1, next++, BLOCK_BYTES));
            }
            // A thirty-second of the room is made free as soon as half of that is not.
            await(() -> free(store) >= LIMIT / 64);
            assertThat(free(store)).isLessThan(LIMIT / 16);
            assertThat(isThere(store, block(1, next - 1, BLOCK_BYTES))).isTrue();
        }
    }

    @Test
    void whatTheFileSystemMissesIsEvicted() throws Exception {
        try (var store = open(0.1)) {
            for (int i = 1; i <= 300; i++) {
                fill(store, block(1, i, BLOCK_BYTES));
            }
            long before = store.usage().disk().usedBytes();
            long missing = 10 << 20;
            space = new FileSystemSpace(1000 << 20, (100 << 20) - missing, 0, 0);
            await(() -> store.usage().disk().usedBytes() <= before - missing);
            space = ROOMY;
            fill(store, block(1, 301, BLOCK_BYTES));
            assertThat(isThere(store, block(1, 301, BLOCK_BYTES))).isTrue();
        }
    }

    @Test
    void aFullFileSystemGetsNoFuller() throws Exception {
        space = new FileSystemSpace(1000 << 20, 50 << 20, 0, 0);
        try (var store = open(0.1)) {
            var refused = new CacheFullException[1];
            await(() -> {
                refused[0] =
                        catchThrowableOfType(CacheFullException.class, () -> fill(store, block(1, 1, BLOCK_BYTES)));
                return refused[0] != null;
            });
            assertThat(refused[0]).hasMessageContaining("too full");
            assertThat(refused[0].reason()).isEqualTo(CacheFullException.Reason.NO_ROOM);
        }
    }

    @Test
    void withTooFewInodesNothingIsFilled() throws Exception {
        space = new FileSystemSpace(1000 << 20, 500 << 20, 1000, 99);
        try (var store = open(0.1)) {
            await(() -> catchThrowableOfType(CacheFullException.class, () -> fill(store, block(1, 1, BLOCK_BYTES)))
                    != null);
        }
    }

    @Test
    void aFileSystemThatDoesNotAnswerHoldsNobodyUp() throws Exception {
        var parts = new FaultyParts().withSpace(_ -> {
            throw new IOException("as the test wants it");
        });
        try (var store = BlockStore.open(settings(0.1), parts.parts())) {
            fill(store, block(1, 1, BLOCK_BYTES));
            assertThat(isThere(store, block(1, 1, BLOCK_BYTES))).isTrue();
        }
    }

    @Test
    void itIsWhatTheSystemSays() throws Exception {
        FileSystemSpace told = new LinuxFileSystem().of(directory);
        assertThat(told.bytes()).isEqualTo(Files.getFileStore(directory).getTotalSpace());
        var stat = new ProcessBuilder("stat", "-f", "-c", "%c", directory.toString()).start();
        String inodes = new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertThat(stat.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(told.inodes()).isEqualTo(Long.parseLong(inodes.strip()));
        assertThat(told.freeBytes()).isBetween(1L, told.bytes());
        assertThat(told.freeInodes()).isBetween(0L, told.inodes());
    }

    private BlockStore open(double leastFree) throws IOException {
        return BlockStore.open(
                settings(leastFree), new FaultyParts().withSpace(_ -> space).parts());
    }

    private BlockStoreSettings settings(double leastFree) {
        return new BlockStoreSettings(
                List.of(new CacheDirectory(directory.resolve("cache"), LIMIT)), 0, 16 << 20, leastFree, Eviction.SIEVE);
    }

    private static long free(BlockStore store) {
        BlockStoreUsage.TierUsage disk = store.usage().disk();
        return disk.capacityBytes() - disk.usedBytes();
    }
}
