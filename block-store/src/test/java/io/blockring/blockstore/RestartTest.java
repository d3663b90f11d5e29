package io.blockring.blockstore;

import static io.blockring.blockstore.TestBlocks.block;
import static io.blockring.blockstore.TestBlocks.fill;
import static io.blockring.blockstore.TestBlocks.isThere;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.blockring.block.BlockKey;
import io.blockring.blockstore.BlockIndex.BlockRow;
import io.blockring.blockstore.BlockIndex.SegmentRow;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class RestartTest {
    @TempDir
    Path directory;

    @Test
    void aRestartKeepsAllBlocksAndTheirCounts() throws Exception {
        var random = new Random(1);
        int[] lengths = IntStream.rangeClosed(0, 100)
                .map(_ -> TestBlocks.someLength(random))
                .toArray();
        BlockStoreUsage before;
        try (var store = BlockStore.open(settings(64 << 20))) {
            for (int i = 1; i <= 100; i++) {
                fill(store, block(i % 3, i, lengths[i]));
            }
            before = store.usage();
        }
        try (var store = BlockStore.open(settings(64 << 20))) {
            store.checkAccounting();
            BlockStoreUsage after = store.usage();
            assertThat(after.volumes()).isEqualTo(before.volumes());
            assertThat(after.disk().usedBytes()).isEqualTo(before.disk().usedBytes());
            assertThat(after.disk().blocks()).isEqualTo(100);
            for (int i = 1; i <= 100; i++) {
                assertThat(isThere(store, block(i % 3, i, lengths[i]))).isTrue();
            }
            fill(store, block(5, 1, 70_000));
            store.checkAccounting();
        }
    }

    @Test
    void generationsGoOnAfterARestart() throws Exception {
        long last = 0;
        for (int run = 0; run < 3; run++) {
            try (var store = BlockStore.open(settings(64 << 20));
                    BlockFill fill = store.reserve(block(1, 1, 70_000), 70_000)) {
                assertThat(fill.generation()).isGreaterThan(last);
                last = fill.generation();
            }
        }
    }

    @Test
    void withALowerLimitSomeBlocksGo() throws Exception {
        try (var store = BlockStore.open(settings(64 << 20))) {
            for (int i = 1; i <= 100; i++) {
                fill(store, block(1, i, 200_000));
            }
        }
        try (var store = BlockStore.open(settings(16 << 20))) {
            store.checkAccounting();
            assertThat(store.usage().disk().blocks()).isBetween(50L, 70L);
        }
    }

    @Test
    void whatAFileSystemWithoutHolesKeptForFreedSlotsStaysCounted() throws Exception {
        try (var store = BlockStore.open(
                settings(16 << 20), new FaultyParts().withoutPunch().parts())) {
            for (int i = 1; i <= 40; i++) {
                fill(store, block(1, i, 200_000));
            }
            for (int i = 1; i <= 40; i += 2) {
                StoredBlock found = TestBlocks.found(store, block(1, i, 200_000));
                found.close();
                store.drop(block(1, i, 200_000), found.generation());
            }
        }
        try (var store = BlockStore.open(
                settings(16 << 20), new FaultyParts().withoutPunch().parts())) {
            store.checkAccounting();
            assertThat(store.usage().disk().blocks()).isEqualTo(20);
            assertThat(store.usage().disk().usedBytes()).isGreaterThan(40 * 200_000);
            for (int i = 100; i <= 200; i++) {
                fill(store, block(1, i, 200_000));
                store.checkAccounting();
            }
        }
    }

    @Test
    void aFileThatIsGoneTakesItsBlocksAlongAndNoOthers() throws Exception {
        Path lost;
        try (var store = BlockStore.open(settings(64 << 20))) {
            for (int i = 1; i <= 20; i++) {
                fill(store, block(i % 2, i, 200_000));
            }
            lost = Objects.requireNonNull(store.locate(block(1, 1, 200_000))).file();
        }
        Files.delete(lost);
        try (var store = BlockStore.open(settings(64 << 20))) {
            store.checkAccounting();
            assertThat(isThere(store, block(1, 1, 200_000))).isFalse();
            assertThat(isThere(store, block(0, 2, 200_000))).isTrue();
            assertThat(store.usage().torn()).isPositive();
        }
    }

    @Test
    void manyRowsWithoutTheirSegmentsAreForgotten() throws Exception {
        int rows = 2500;
        Path cache = directory.resolve("cache");
        BlockStore.open(settings(64 << 20)).close();
        try (BlockIndex index = RocksBlockIndex.open(cache.resolve("index"), 1 << 20)) {
            for (int row = 0; row < rows; row++) {
                index.putBlock(new BlockRow(new Fingerprint(row, 0), (7L << Short.SIZE) + row), null);
            }
        }
        try (var store = BlockStore.open(settings(64 << 20))) {
            assertThat(store.usage().torn()).isEqualTo(rows);
            assertThat(store.usage().disk().blocks()).isZero();
            fill(store, block(1, 1, 70_000));
            store.checkAccounting();
        }
        try (var store = BlockStore.open(settings(64 << 20))) {
            assertThat(store.usage().torn()).isZero();
            assertThat(store.usage().disk().blocks()).isEqualTo(1);
        }
    }

    @Test
    void aDirectoryHasOneProcess() throws Exception {
        try (var store = BlockStore.open(settings(64 << 20))) {
            assertThatIOException()
                    .isThrownBy(() -> BlockStore.open(settings(64 << 20)))
                    .withMessageContaining(
                            "is in use by process " + ProcessHandle.current().pid());
            fill(store, block(1, 1, 70_000));
        }
    }

    @Test
    void aDirectoryOfAnotherFormatIsRefused() throws Exception {
        BlockStore.open(settings(64 << 20)).close();
        Path geometry = directory.resolve("cache").resolve("geometry");
        String ours = Files.readString(geometry);
        Files.writeString(geometry, ours.replace("format=3", "format=9"));
        assertThatIOException()
                .isThrownBy(() -> BlockStore.open(settings(64 << 20)))
                .withMessageContaining("has another format (format=9; this program writes format=3)");
        Files.delete(geometry);
        assertThatIOException()
                .isThrownBy(() -> BlockStore.open(settings(64 << 20)))
                .withMessageContaining("no geometry file");
        Files.writeString(geometry, ours);
        BlockStore.open(settings(64 << 20)).close();
    }

    @Test
    void aRunThatDoesNotEndInOrderMayLeaveRemains() throws Exception {
        Path folder = directory.resolve("index");
        boolean[] marked = {true, false, true, true};
        boolean[] clean = new boolean[marked.length];
        for (int i = 0; i < marked.length; i++) {
            try (BlockIndex index = RocksBlockIndex.open(folder, 1 << 20)) {
                clean[i] = index.wasClosedCleanly();
                assertThat(index.run()).isEqualTo(i + 1);
                assertThat(index.suspectRun()).isZero();
                if (marked[i]) {
                    index.markClean();
                }
            }
        }
        assertThat(clean).containsExactly(true, true, false, true);
    }

    @Test
    void aBootOfTheMachineMakesTheRunsBeforeItSuspectForGood() throws Exception {
        Path folder = directory.resolve("index");
        String[] boots = {"first", "first", "second", "second", "third", "third"};
        int[] suspect = new int[boots.length];
        for (int i = 0; i < boots.length; i++) {
            try (BlockIndex index =
                    RocksBlockIndex.open(folder, 1 << 20, boots[i].getBytes(StandardCharsets.US_ASCII))) {
                suspect[i] = index.suspectRun();
                index.markClean();
            }
        }
        assertThat(suspect).containsExactly(0, 0, 2, 2, 4, 4);
    }

    /** A run that does not happen to read a block must not vouch for it. */
    @Test
    void bytesThatWereLostAreNotProvenByALaterRunThatEndedInOrder() throws Exception {
        BlockKey lost = block(1, 1, 200_000);
        Path file;
        try (var store = BlockStore.open(settings(64 << 20))) {
            fill(store, lost);
            fill(store, block(1, 2, 200_000));
            DiskPlace place = Objects.requireNonNull(store.locate(lost));
            file = place.file();
            try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.allocate(4096), place.offset() + 100_000);
            }
        }
        StoreParts anotherBoot = TestBlocks.afterBoot("second");
        try (var store = BlockStore.open(settings(64 << 20), anotherBoot)) {
            assertThat(isThere(store, block(1, 2, 200_000))).isTrue();
        }
        try (var store = BlockStore.open(settings(64 << 20), anotherBoot)) {
            assertThat(store.find(lost)).isNull();
            assertThat(store.usage().corrupt()).isEqualTo(1);
            fill(store, lost);
            assertThat(isThere(store, lost)).isTrue();
        }
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void aHundredThousandBlocksAreThereSoon() throws Exception {
        int blocks = 100_000;
        int slots = 1000;
        var random = new Random(1);
        Path cache = directory.resolve("cache");
        BlockStore.open(settings(64L << 30)).close();
        try (BlockIndex index = RocksBlockIndex.open(cache.resolve("index"), 1 << 20)) {
            for (int segment = 1; segment <= blocks / slots; segment++) {
                index.putSegment(new SegmentRow(segment, new Segment.Kind(1, 0, SizeClass.of(32 << 10)), slots));
                Files.createFile(cache.resolve("slots").resolve("%08x.slots".formatted(segment)));
                for (int slot = 0; slot < slots; slot++) {
                    var block = new Fingerprint(random.nextLong(), 0);
                    index.putBlock(new BlockRow(block, (long) segment << Short.SIZE | slot), null);
                }
            }
            index.markClean();
        }
        long start = System.nanoTime();
        try (var store = BlockStore.open(settings(64L << 30), StoreParts.real(Runnable::run))) {
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            assertThat(store.usage().disk().blocks()).isEqualTo(blocks);
            store.checkAccounting();
            // About half a second on two cores; the limit is for machines that do much else.
            assertThat(millis).isLessThan(10_000);
        }
    }

    private BlockStoreSettings settings(long bytes) {
        return new BlockStoreSettings(List.of(new CacheDirectory(directory.resolve("cache"), bytes)), 0, 16 << 20);
    }
}
