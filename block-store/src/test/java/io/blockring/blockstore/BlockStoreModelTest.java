package io.blockring.blockstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockKey;
import io.blockring.block.testing.Seeds;
import io.blockring.blockstore.DatasetPolicy.Keep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random operations on a store and on a map; after each, what the store says must fit what the map says. */
class BlockStoreModelTest {
    private static final int STEPS = 200;
    private static final List<Keep> KEEPS = List.of(Keep.values());

    @TempDir
    Path directory;

    private int names;
    private long evictedInAll;

    @AfterEach
    void mostRunsHadTooLittleRoom() {
        assertThat(evictedInAll).isGreaterThan(100);
    }

    @Test
    void aStoreInMemoryIsAMapThatMayForget() {
        Seeds.forEach(
                100,
                random -> new Run(random, new BlockStoreSettings(List.of(), 1536 << 10, 0), new FaultyParts()).go());
    }

    @Test
    void aStoreOnDiskIsAMapThatMayForget() {
        Seeds.forEach(2, random -> new Run(random, disk(), new FaultyParts()).go());
        Seeds.forEach(12, random -> new Run(random, disk(), new FaultyParts().withIndexInMemory()).go());
    }

    @Test
    void aStoreWithTwoTiersAndTwoDirectoriesIsAMapThatMayForget() {
        Seeds.forEach(1, random -> new Run(random, twoTiers(), new FaultyParts()).go());
        Seeds.forEach(12, random -> new Run(random, twoTiers(), new FaultyParts().withIndexInMemory()).go());
    }

    @Test
    void aStoreOnAFileSystemWithoutHolesIsAMapThatMayForget() {
        Seeds.forEach(12, random -> {
            var parts = new FaultyParts().withIndexInMemory().withoutPunch();
            new Run(random, disk(), parts).go();
        });
    }

    @Test
    void whateverThePoliciesAreItIsAMapThatMayForgetAndCountsRight() {
        Seeds.forEach(12, random -> {
            var parts = new FaultyParts().withIndexInMemory();
            new Run(random, disk(), random.nextInt(4) == 0 ? parts.withoutPunch() : parts)
                    .withPolicies()
                    .go();
        });
    }

    private BlockStoreSettings disk() {
        var cache = new CacheDirectory(directory.resolve("disk" + names++), 2 << 20);
        return new BlockStoreSettings(List.of(cache), 0, 64 << 20);
    }

    private BlockStoreSettings twoTiers() {
        Path parent = directory.resolve("both" + names++);
        var a = new CacheDirectory(parent.resolve("a"), 2 << 20);
        var b = new CacheDirectory(parent.resolve("b"), 1536 << 10);
        return new BlockStoreSettings(List.of(a, b), 512 << 10, 64 << 20);
    }

    /** A fill that has not ended. */
    private record OpenFill(BlockKey key, BlockFill fill) {}

    /** A block that is being read. */
    private record OpenBlock(BlockKey key, StoredBlock block) {}

    /** One sequence of operations. */
    private final class Run {
        private final Random random;
        private final BlockStoreSettings settings;
        private final FaultyParts parts;
        /** Blocks that were committed and not removed since, with their generation: each is there, or was evicted. */
        private final Map<BlockKey, Long> model = new HashMap<>();

        private final List<OpenFill> fills = new ArrayList<>();
        private final List<OpenBlock> pins = new ArrayList<>();
        private BlockStore store;
        private long evictedBefore;
        private boolean hasPolicies;

        Run(Random random, BlockStoreSettings settings, FaultyParts parts) throws IOException {
            this.random = random;
            this.settings = settings;
            this.parts = parts;
            store = open();
        }

        Run withPolicies() {
            hasPolicies = true;
            return this;
        }

        void go() throws IOException {
            for (int step = 0; step < STEPS; step++) {
                oneStep();
                store.checkAccounting();
            }
            endAll();
            compareAll();
            evictedInAll += evicted();
            store.close();
        }

        private void oneStep() throws IOException {
            switch (random.nextInt(20)) {
                case 0, 1, 2, 3, 4, 5 -> startFill();
                case 6, 7, 8, 9, 10 -> endFill();
                case 11, 12, 13 -> find();
                case 14, 15 -> unpin();
                case 16 -> drop();
                case 17 -> {
                    compareAll();
                    changePolicies();
                }
                case 18 -> {
                    if (random.nextInt(3) == 0) {
                        evictVolume();
                    }
                }
                default -> restart();
            }
        }

        private void startFill() {
            BlockKey key = someKey();
            try {
                BlockFill fill = store.reserve(key, key.plainBytes(), random.nextInt(5));
                TestBlocks.fillBuffer(fill, key);
                fills.add(new OpenFill(key, fill));
            } catch (CacheFullException e) {
                if (!hasPolicies) {
                    assertThat(fills.size() + pins.size())
                            .as("open blocks when %s", e.getMessage())
                            .isPositive();
                }
            }
        }

        private void changePolicies() {
            if (hasPolicies) {
                var policies = new HashMap<Integer, DatasetPolicy>();
                for (int dataset = 1; dataset <= random.nextInt(5); dataset++) {
                    Keep keep = KEEPS.get(random.nextInt(KEEPS.size()));
                    policies.put(dataset, DatasetPolicy.of(keep).withShare(random.nextInt(1 << 20)));
                }
                store.setPolicies(policies);
            }
        }

        private void endFill() throws IOException {
            if (fills.isEmpty()) {
                return;
            }
            OpenFill open = fills.remove(random.nextInt(fills.size()));
            BlockKey key = open.key();
            BlockFill fill = open.fill();
            if (random.nextInt(4) > 0) {
                boolean wasThere = TestBlocks.isThere(store, key);
                fill.commit(BlockChecksums.of(fill.buffer()));
                assertThat(TestBlocks.isThere(store, key)).isTrue();
                if (!wasThere) {
                    Long forgotten = model.put(key, fill.generation());
                    // An eviction that the next comparison would have found.
                    evictedBefore += forgotten == null ? 0 : 1;
                }
            }
            fill.close();
        }

        private void find() throws IOException {
            BlockKey key = someKey();
            StoredBlock found = store.find(key);
            if (found != null) {
                assertThat(found.generation()).isEqualTo(model.get(key));
                assertThat(TestBlocks.read(found)).isEqualTo(TestBlocks.bytesOf(key));
                pins.add(new OpenBlock(key, found));
            }
        }

        private void unpin() throws IOException {
            if (!pins.isEmpty()) {
                OpenBlock pinned = pins.remove(random.nextInt(pins.size()));
                assertThat(TestBlocks.read(pinned.block())).isEqualTo(TestBlocks.bytesOf(pinned.key()));
                assertThat(pinned.block().isIntact()).isTrue();
                pinned.block().close();
            }
        }

        private void drop() throws IOException {
            compareAll();
            BlockKey key = someKey();
            Long generation = model.get(key);
            long corrupt = store.usage().corrupt();
            if (generation == null || random.nextBoolean()) {
                store.drop(key, -1);
                assertThat(store.usage().corrupt()).isEqualTo(corrupt);
            } else {
                store.drop(key, generation);
                model.remove(key);
                assertThat(store.usage().corrupt()).isEqualTo(corrupt + 1);
            }
        }

        private void evictVolume() throws IOException {
            compareAll();
            store.evictVolume(2);
            model.keySet().removeIf(key -> Owner.of(key) == 2);
            evictedBefore = evicted();
        }

        private void restart() throws IOException {
            if (settings.directories().isEmpty() || random.nextInt(3) > 0) {
                return;
            }
            endAll();
            compareAll();
            long blocks = store.usage().disk().blocks();
            evictedInAll += evicted();
            store.close();
            store = open();
            assertThat(store.usage().disk().blocks()).isEqualTo(blocks);
            if (settings.memoryBytes() > 0) {
                // What only memory had is gone.
                model.keySet().removeIf(key -> !isThere(key));
            }
            evictedBefore = 0;
            compareAll();
            assertThat(store.usage().torn()).isZero();
        }

        /** Whatever is not found was evicted; with one tier each eviction is also one block that is not found. */
        private void compareAll() {
            int before = model.size();
            model.keySet().removeIf(key -> !isThere(key));
            long evicted = evicted() - evictedBefore;
            if (settings.memoryBytes() == 0 || settings.directories().isEmpty()) {
                assertThat(before - model.size()).isEqualTo((int) evicted);
            } else {
                assertThat((long) before - model.size()).isLessThanOrEqualTo(evicted);
            }
            evictedBefore = evicted();
        }

        private boolean isThere(BlockKey key) {
            try {
                return TestBlocks.isThere(store, key);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        private long evicted() {
            BlockStoreUsage usage = store.usage();
            return usage.memory().evictedBlocks() + usage.disk().evictedBlocks();
        }

        private void endAll() {
            fills.forEach(open -> open.fill().close());
            fills.clear();
            pins.forEach(open -> open.block().close());
            pins.clear();
        }

        private BlockStore open() throws IOException {
            return BlockStore.open(settings, parts.parts());
        }

        private BlockKey someKey() {
            int slice = 1 + random.nextInt(40);
            int bytes = TestBlocks.someLength(new Random(slice));
            return random.nextInt(3) == 0
                    ? TestBlocks.piece(2, slice, bytes)
                    : TestBlocks.block(1 + random.nextInt(2), slice, bytes);
        }
    }
}
