package io.blockring.blockstore;

import static io.blockring.blockstore.TestBlocks.block;
import static io.blockring.blockstore.TestBlocks.fill;
import static io.blockring.blockstore.TestBlocks.isThere;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.block.BlockKey;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found after a process ended anywhere, and after a write failed anywhere. */
class CrashTest {
    private static final long ROOM = 8 << 20;
    private static final int CHILD_BLOCK_BYTES = 150_000;

    @TempDir
    Path directory;

    @Test
    void aProcessThatEndsAtAnyWriteLeavesOnlyWholeBlocks() throws Exception {
        int writes = 0;
        boolean ranThrough = false;
        while (!ranThrough) {
            BlockStoreSettings settings = settings("crash" + writes);
            var faults = new FaultyParts().withIndexInMemory();
            var story = new Story(BlockStore.open(settings, faults.parts()), faults);
            faults.crashAfter(writes++);
            story.tell();
            story.store.close();
            ranThrough = !faults.hasFailed();

            faults.heal();
            try (var store = BlockStore.open(settings, faults.parts())) {
                story.checkWhatIsLeft(store);
                assertThat(store.usage().torn()).isZero();
                assertThat(store.usage().corrupt()).isZero();
                store.checkAccounting();
                fill(store, block(7, 1, 200_000));
                assertThat(isThere(store, block(7, 1, 200_000))).isTrue();
            }
        }
        assertThat(writes).as("places to end at").isGreaterThan(20);
    }

    @Test
    void aWriteThatFailsAnywhereCostsOneBlockAtMost() throws Exception {
        int writes = 0;
        boolean ranThrough = false;
        while (!ranThrough) {
            BlockStoreSettings settings = settings("fault" + writes);
            var faults = new FaultyParts().withIndexInMemory();
            try (var store = BlockStore.open(settings, faults.parts())) {
                faults.failOnceAfter(writes++);
                var story = new Story(store, faults);
                story.tell();
                ranThrough = !faults.hasFailed();
                faults.heal();
                story.checkWhatIsLeft(store);
                store.checkAccounting();
                fill(store, block(7, 1, 200_000));
                assertThat(isThere(store, block(7, 1, 200_000))).isTrue();
            }
        }
    }

    @Test
    void aFullDiskMakesRoomOnceAndThenRefuses() throws Exception {
        var faults = new FaultyParts();
        try (var store = BlockStore.open(settings("full"), faults.parts())) {
            fill(store, block(1, 1, 100_000));
            faults.answerFullDisk(1);
            fill(store, block(1, 2, 100_000));
            assertThat(isThere(store, block(1, 2, 100_000))).isTrue();
            assertThat(isThere(store, block(1, 1, 100_000))).isFalse();

            faults.answerFullDisk(2);
            var full = catchThrowableOfType(CacheFullException.class, () -> fill(store, block(1, 3, 100_000)));
            assertThat(full.reason()).isEqualTo(CacheFullException.Reason.DISK);
            store.checkAccounting();
            fill(store, block(1, 3, 100_000));
            assertThat(isThere(store, block(1, 3, 100_000))).isTrue();
        }
    }

    @Test
    void whatACrashLeftInSlotsThatNothingNamesIsGivenBack() throws Exception {
        BlockStoreSettings settings = settings("remains");
        var faults = new FaultyParts();
        try (var store = BlockStore.open(settings, faults.parts())) {
            fill(store, block(1, 1, 100_000));
            faults.crashAfter(3); // the place is allocated, bytes and header are written, the index is not told
            assertThat(catchThrowableOfType(IOException.class, () -> fill(store, block(1, 2, 100_000))))
                    .isNotNull();
        }
        long before = TestBlocks.bytesOnDisk(directory.resolve("remains").resolve("slots"));
        try (var store = BlockStore.open(settings)) {
            assertThat(TestBlocks.bytesOnDisk(directory.resolve("remains").resolve("slots")))
                    .isLessThan(before - 100_000);
            assertThat(isThere(store, block(1, 1, 100_000))).isTrue();
        }
    }

    @Test
    void aSlotThatACrashOfTheMachineLeftEmptyIsDroppedAsTorn() throws Exception {
        DiskPlace place = crashWithOneBlock();
        overwrite(place.file(), place.offset() - SizeClass.HEADER_BYTES, SizeClass.HEADER_BYTES);
        try (var store = BlockStore.open(settings("one"), TestBlocks.afterBoot("another"))) {
            assertThat(store.find(block(1, 1, 100_000))).isNull();
            assertThat(store.usage().torn()).isEqualTo(1);
            assertThat(store.usage().disk().blocks()).isZero();
            assertThat(store.usage().disk().usedBytes()).isZero();
            store.checkAccounting();
        }
    }

    @Test
    void bytesThatACrashOfTheMachineLeftWrongAreNeverFound() throws Exception {
        DiskPlace place = crashWithOneBlock();
        overwrite(place.file(), place.offset() + 77_777, 1);
        try (var store = BlockStore.open(settings("one"), TestBlocks.afterBoot("another"))) {
            assertThat(store.find(block(1, 1, 100_000))).isNull();
            assertThat(store.usage().corrupt()).isEqualTo(1);
            fill(store, block(1, 1, 100_000));
            assertThat(isThere(store, block(1, 1, 100_000))).isTrue();
        }
    }

    @Test
    void aByteThatFlippedIsSeenByTheReaderWhoThenDropsTheBlock() throws Exception {
        BlockKey key = block(1, 1, 100_000);
        try (var store = BlockStore.open(settings("flip"))) {
            fill(store, key);
            DiskPlace place = Objects.requireNonNull(store.locate(key));
            assertThat(place.byteCount()).isEqualTo(100_000);
            overwrite(place.file(), place.offset() + 55_555, 1);
            long generation;
            try (StoredBlock found = TestBlocks.found(store, key)) {
                assertThat(found.isIntact()).isFalse();
                generation = found.generation();
            }
            store.drop(key, generation);
            assertThat(store.usage().corrupt()).isEqualTo(1);
            assertThat(store.find(key)).isNull();
        }
    }

    @Test
    void killedWhileItFillsAProcessLeavesAllThatItCommitted() throws Exception {
        Path cache = directory.resolve("killed");
        Set<Integer> committed = new HashSet<>();
        for (int round = 0; round < 2; round++) {
            committed.addAll(killAfter(40 + 10 * round, cache, 1 << 30, 1 + round * 10_000));
            try (var store = BlockStore.open(childSettings(cache, 1 << 30))) {
                for (int slice : committed) {
                    assertThat(isThere(store, childBlock(slice)))
                            .as("block %d", slice)
                            .isTrue();
                }
                assertThat(store.usage().torn()).isZero();
                assertThat(store.usage().corrupt()).isZero();
                store.checkAccounting();
            }
        }
    }

    @Test
    void killedWhileItFillsAndEvictsAProcessLeavesOnlyWholeBlocks() throws Exception {
        Path cache = directory.resolve("churned");
        for (int round = 0; round < 2; round++) {
            int first = 1 + round * 10_000;
            List<Integer> committed = killAfter(120, cache, ROOM, first);
            try (var store = BlockStore.open(childSettings(cache, ROOM))) {
                int there = 0;
                for (int slice : committed) {
                    there += isThere(store, childBlock(slice)) ? 1 : 0;
                }
                assertThat(there).isBetween(10, 100);
                assertThat(store.usage().torn()).isZero();
                assertThat(store.usage().corrupt()).isZero();
                store.checkAccounting();
            }
        }
    }

    /** The process that is killed: fills blocks and says which. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws Exception {
            var settings = childSettings(Path.of(arguments[0]), Long.parseLong(arguments[1]));
            try (var store = BlockStore.open(settings)) {
                for (int slice = Integer.parseInt(arguments[2]); ; slice++) {
                    fill(store, childBlock(slice));
                    System.out.write((slice + "\n").getBytes(StandardCharsets.US_ASCII));
                    System.out.flush();
                }
            }
        }
    }

    private static BlockStoreSettings childSettings(Path cache, long bytes) {
        return new BlockStoreSettings(List.of(new CacheDirectory(cache, bytes)), 0, 16 << 20);
    }

    /** Slots of some classes, and small blocks. */
    private static BlockKey childBlock(int slice) {
        return block(slice % 3, slice, slice % 5 == 0 ? 9000 : CHILD_BLOCK_BYTES + slice % 3 * 100_000);
    }

    private static List<Integer> killAfter(int blocks, Path cache, long bytes, int firstSlice) throws Exception {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        cache.toString(),
                        String.valueOf(bytes),
                        String.valueOf(firstSlice))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        var committed = new ArrayList<Integer>();
        try (var lines = new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null) {
                committed.add(Integer.valueOf(line));
                if (committed.size() == blocks) {
                    child.toHandle().destroyForcibly(); // SIGKILL; what it still said is read to the end
                }
                line = lines.readLine();
            }
        } finally {
            child.destroyForcibly();
            assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(committed).hasSizeGreaterThanOrEqualTo(blocks);
        return committed;
    }

    /** Some fills, drops and evictions, and what must be left of them when they stop anywhere. */
    private static final class Story {
        final BlockStore store;
        private final FaultyParts faults;
        private final Set<BlockKey> present = new HashSet<>();
        private final Set<BlockKey> absent = new HashSet<>();

        Story(BlockStore store, FaultyParts faults) {
            this.store = store;
            this.faults = faults;
        }

        void tell() {
            fills(block(1, 1, 100_000));
            fills(block(1, 2, 100_000));
            fills(block(2, 3, 5000));
            fills(block(2, 4, 300_000));
            drops(block(1, 1, 100_000));
            fills(block(1, 5, 100_000));
            fills(block(1, 1, 100_000));
            evicts(2);
            fills(block(2, 4, 300_000));
            drops(block(2, 4, 300_000));
            fills(block(2, 3, 5000));
        }

        void checkWhatIsLeft(BlockStore left) throws IOException {
            for (BlockKey key : present) {
                assertThat(isThere(left, key)).as("%s is there", key).isTrue();
            }
            for (BlockKey key : absent) {
                assertThat(isThere(left, key)).as("%s is there", key).isFalse();
            }
            for (int slice = 1; slice <= 5; slice++) {
                isThere(left, block(1, slice, 100_000));
            }
            isThere(left, block(2, 3, 5000));
            isThere(left, block(2, 4, 300_000));
        }

        private void fills(BlockKey key) {
            step(List.of(key), present, () -> fill(store, key));
        }

        private void drops(BlockKey key) {
            StoredBlock found = store.find(key);
            if (found != null) {
                found.close();
                step(List.of(key), absent, () -> store.drop(key, found.generation()));
            }
        }

        private void evicts(int volume) {
            List<BlockKey> keys =
                    present.stream().filter(key -> Owner.of(key) == volume).toList();
            step(keys, absent, () -> store.evictVolume(volume));
        }

        /** Does it; when it was disturbed, nothing is known of its blocks. */
        private void step(List<BlockKey> keys, Set<BlockKey> outcome, Step step) {
            boolean failedBefore = faults.hasFailed();
            keys.forEach(present::remove);
            keys.forEach(absent::remove);
            try {
                step.run();
            } catch (IOException | CacheFullException e) {
                assertThat(faults.hasFailed()).isTrue();
                return;
            }
            if (faults.hasFailed() == failedBefore && (!failedBefore || faults.hasRecovered())) {
                outcome.addAll(keys);
            }
        }
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException, CacheFullException;
    }

    private DiskPlace crashWithOneBlock() throws Exception {
        var faults = new FaultyParts();
        try (var store = BlockStore.open(settings("one"), faults.parts())) {
            fill(store, block(1, 1, 100_000));
            DiskPlace place = Objects.requireNonNull(store.locate(block(1, 1, 100_000)));
            faults.crashAfter(0);
            return place;
        }
    }

    private static void overwrite(Path file, long offset, int bytes) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.allocate(bytes);
            channel.read(buffer, offset);
            for (int i = 0; i < bytes; i++) {
                buffer.put(i, (byte) ~buffer.get(i));
            }
            channel.write(buffer.flip(), offset);
        }
    }

    private BlockStoreSettings settings(String name) {
        return childSettings(directory.resolve(name), ROOM);
    }
}
