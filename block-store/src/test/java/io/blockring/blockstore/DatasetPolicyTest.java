package io.blockring.blockstore;

import static io.blockring.blockstore.TestBlocks.block;
import static io.blockring.blockstore.TestBlocks.isThere;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockKey;
import io.blockring.blockstore.BlockStoreUsage.Held;
import io.blockring.blockstore.CacheFullException.Reason;
import io.blockring.blockstore.DatasetPolicy.Keep;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetPolicyTest {
    private static final int BLOCK_BYTES = 4000;
    private static final long CHARGED = SizeClass.of(BLOCK_BYTES).chargedBytes();
    private static final int ROOM = 400;
    private static final int TRAINING = 1;
    private static final int OTHER = 2;

    @TempDir
    Path directory;

    private Instant now = Instant.parse("2026-11-23T10:00:00Z");

    @Test
    void aFrozenDatasetHitsAsOftenAsCanBe() throws Exception {
        for (int percent : List.of(50, 90)) {
            int blocks = ROOM * 100 / percent;
            for (boolean shuffled : List.of(true, false)) {
                try (var store = open()) {
                    store.setPolicies(Map.of(TRAINING, DatasetPolicy.of(Keep.FREEZE)));
                    readAll(store, blocks, shuffled, 1);
                    // No rule finds more: any block that takes the place of another is read later than that.
                    double best = (double) ROOM / blocks;
                    assertThat(readAll(store, blocks, shuffled, 4)).isBetween(0.98 * best, best);
                    assertThat(store.usage().disk().evictedBlocks()).isZero();
                    assertThat(store.evictDataset(TRAINING)).isEqualTo(ROOM * CHARGED);
                    store.checkAccounting();
                }
            }
        }
    }

    @Test
    void whatIsFrozenYieldsOnlyWhenNothingElseDoes() throws Exception {
        try (var store = open()) {
            store.setPolicies(Map.of(TRAINING, DatasetPolicy.of(Keep.FREEZE).withShare((ROOM / 2) * CHARGED)));
            fillMany(store, OTHER, ROOM);
            fillMany(store, TRAINING, ROOM / 2);
            assertThat(reasonOf(store, block(TRAINING, ROOM, BLOCK_BYTES), TRAINING))
                    .isEqualTo(Reason.POLICY);
            fillMany(store, OTHER, 2 * ROOM);
            assertThat(countThere(store, TRAINING, ROOM / 2)).isEqualTo(ROOM / 2);

            store.setPolicies(Map.of(TRAINING, DatasetPolicy.of(Keep.FREEZE)));
            store.evictVolume(OTHER);
            fillMany(store, TRAINING, ROOM);
            assertThat(countThere(store, TRAINING, ROOM)).isEqualTo(ROOM);
            fill(store, block(OTHER, 1, BLOCK_BYTES), Capacity.NO_DATASET);
            assertThat(countThere(store, TRAINING, ROOM)).isEqualTo(ROOM - 1);
            store.checkAccounting();
        }
    }

    @Test
    void whatIsPinnedStaysAndIsNotAll() throws Exception {
        try (var store = BlockStore.open(settings(Eviction.LRU))) {
            store.setPolicies(Map.of(TRAINING, DatasetPolicy.of(Keep.PIN)));
            fillMany(store, OTHER, ROOM);
            int pinned = fillMany(store, TRAINING, ROOM);
            assertThat(pinned).isBetween(ROOM * 79 / 100, ROOM * 80 / 100);
            assertThat(fillMany(store, OTHER, 2 * ROOM)).isEqualTo(2 * ROOM);
            assertThat(countThere(store, TRAINING, ROOM)).isEqualTo(pinned);
            assertThat(store.usage().datasets().get(TRAINING)).isEqualTo(new Held(pinned * CHARGED, pinned));

            store.setPolicies(Map.of());
            fillMany(store, OTHER, 4 * ROOM);
            assertThat(countThere(store, TRAINING, ROOM)).isZero();
            store.checkAccounting();
        }
    }

    @Test
    void whatIsReadOnceIsNotKept() throws Exception {
        try (var store = open()) {
            fillMany(store, OTHER, 10);
            store.setPolicies(Map.of(TRAINING, DatasetPolicy.of(Keep.ONCE)));
            assertThat(reasonOf(store, block(TRAINING, 1, BLOCK_BYTES), TRAINING))
                    .isEqualTo(Reason.POLICY);
            assertThat(countThere(store, OTHER, 10)).isEqualTo(10);
        }
        try (var store = BlockStore.open(new BlockStoreSettings(List.of(), 1 << 20, 0))) {
            store.setPolicies(Map.of(TRAINING, DatasetPolicy.of(Keep.ONCE)));
            assertThat(reasonOf(store, block(TRAINING, 1, BLOCK_BYTES), TRAINING))
                    .isEqualTo(Reason.POLICY);
        }
    }

    @Test
    void aFullShareMakesRoomByItsOwnBlocks() throws Exception {
        try (var store = open()) {
            store.setPolicies(Map.of(TRAINING, DatasetPolicy.AUTO.withShare(100 * CHARGED)));
            fillMany(store, OTHER, ROOM - 100);
            for (int i = 1; i <= 500; i++) {
                fill(store, block(TRAINING, i, BLOCK_BYTES), TRAINING);
                assertThat(held(store, TRAINING).usedBytes()).isLessThanOrEqualTo(100 * CHARGED);
            }
            assertThat(isThere(store, block(TRAINING, 500, BLOCK_BYTES))).isTrue();
            assertThat(countThere(store, TRAINING, 500)).isEqualTo(100);
            assertThat(countThere(store, OTHER, ROOM - 100)).isEqualTo(ROOM - 100);
            store.checkAccounting();
        }
    }

    @Test
    void aBlockIsGoneWhenItsTimeIsOver() throws Exception {
        var policies = Map.of(TRAINING, DatasetPolicy.AUTO.withTtl(Duration.ofHours(8)));
        try (var store = open()) {
            store.setPolicies(policies);
            fillMany(store, OTHER, 10);
            fillMany(store, TRAINING, 10);
            now = now.plus(Duration.ofHours(2));
            fill(store, block(TRAINING, 11, BLOCK_BYTES), TRAINING);
            now = now.plus(Duration.ofHours(6));
            assertThat(isThere(store, block(TRAINING, 1, BLOCK_BYTES))).isFalse();
            assertThat(isThere(store, block(TRAINING, 11, BLOCK_BYTES))).isTrue();
            assertThat(held(store, TRAINING).blocks()).isEqualTo(10);
        }
        try (var store = open()) {
            store.setPolicies(policies);
            assertThat(countThere(store, TRAINING, 11)).isEqualTo(1);
            assertThat(countThere(store, OTHER, 10)).isEqualTo(10);
            store.checkAccounting();
        }
    }

    @Test
    void whatNobodyAsksForGoesTooWhenItsTimeIsOver() throws Exception {
        var empty = new FileSystemSpace(1L << 40, 1L << 40, 1 << 30, 1 << 30);
        var parts = new FaultyParts().withClock(() -> now).withSpace(_ -> empty);
        try (var store = BlockStore.open(settings(Eviction.SIEVE), parts.parts())) {
            store.setPolicies(Map.of(TRAINING, DatasetPolicy.AUTO.withTtl(Duration.ofHours(8))));
            fillMany(store, OTHER, 10);
            fillMany(store, TRAINING, 10);
            now = now.plus(Duration.ofHours(4));
            fill(store, block(TRAINING, 11, BLOCK_BYTES), TRAINING);
            now = now.plus(Duration.ofHours(5));
            TestBlocks.await(() -> held(store, TRAINING).blocks() == 1);
            now = now.plus(Duration.ofHours(5));
            TestBlocks.await(() -> held(store, TRAINING).blocks() == 0);
            assertThat(countThere(store, OTHER, 10)).isEqualTo(10);
        }
    }

    @Test
    void datasetsAreKnownAgainAfterARestart() throws Exception {
        try (var store = open()) {
            store.setPolicies(Map.of(TRAINING, DatasetPolicy.of(Keep.PIN)));
            fillMany(store, TRAINING, 100);
            fillMany(store, OTHER, 100);
        }
        try (var store = open()) {
            assertThat(held(store, TRAINING)).isEqualTo(new Held(100 * CHARGED, 100));
            store.setPolicies(Map.of(TRAINING, DatasetPolicy.of(Keep.PIN)));
            fillMany(store, OTHER, 3 * ROOM);
            assertThat(countThere(store, TRAINING, 100)).isEqualTo(100);
            store.checkAccounting();
        }
    }

    @Test
    void whoAsksCannotMakeDatasets() throws Exception {
        try (var store = open()) {
            for (int dataset = 1; dataset <= 50; dataset++) {
                fill(store, block(1, dataset, BLOCK_BYTES), dataset);
            }
            assertThat(store.usage().datasets()).containsOnlyKeys(Capacity.NO_DATASET);
            assertThatIllegalArgumentException().isThrownBy(() -> store.setPolicies(Map.of(0, DatasetPolicy.AUTO)));
            var many = new HashMap<Integer, DatasetPolicy>();
            for (int dataset = 1; dataset <= 4097; dataset++) {
                many.put(dataset, DatasetPolicy.AUTO);
            }
            assertThatIllegalArgumentException().isThrownBy(() -> store.setPolicies(many));
        }
    }

    /** Room for so many blocks, in one directory. */
    private BlockStore open() throws IOException {
        return BlockStore.open(
                settings(Eviction.SIEVE), new FaultyParts().withClock(() -> now).parts());
    }

    private BlockStoreSettings settings(Eviction eviction) {
        long logs = ROOM * CHARGED / 15;
        var cache = new CacheDirectory(directory.resolve("cache"), ROOM * CHARGED + logs + 1);
        return new BlockStoreSettings(List.of(cache), 0, 1 << 20, 0, eviction);
    }

    /** Reads a training set for some epochs, filling what is missed; returns the part of hits. */
    private static double readAll(BlockStore store, int blocks, boolean shuffled, int epochs) throws IOException {
        var order = new ArrayList<Integer>();
        for (int i = 1; i <= blocks; i++) {
            order.add(i);
        }
        var random = new Random(blocks);
        int hits = 0;
        for (int epoch = 0; epoch < epochs; epoch++) {
            if (shuffled) {
                Collections.shuffle(order, random);
            }
            for (int i : order) {
                BlockKey key = block(TRAINING, i, BLOCK_BYTES);
                if (isThere(store, key)) {
                    hits++;
                } else {
                    boolean _ = tryFill(store, key, TRAINING);
                }
            }
        }
        return (double) hits / blocks / epochs;
    }

    /** Fills blocks of a volume of the dataset's number; returns how many were kept. */
    private static int fillMany(BlockStore store, int dataset, int blocks) throws IOException {
        int kept = 0;
        for (int i = 1; i <= blocks; i++) {
            kept += tryFill(store, block(dataset, i, BLOCK_BYTES), dataset) ? 1 : 0;
        }
        return kept;
    }

    private static boolean tryFill(BlockStore store, BlockKey key, int dataset) throws IOException {
        try {
            fill(store, key, dataset);
            return true;
        } catch (CacheFullException _) {
            return false;
        }
    }

    private static void fill(BlockStore store, BlockKey key, int dataset) throws IOException, CacheFullException {
        try (BlockFill fill = store.reserve(key, key.plainBytes(), dataset)) {
            TestBlocks.fillBuffer(fill, key);
            fill.commit(BlockChecksums.of(fill.buffer()));
        }
    }

    private static Reason reasonOf(BlockStore store, BlockKey key, int dataset) {
        return Objects.requireNonNull(catchThrowableOfType(CacheFullException.class, () -> fill(store, key, dataset)))
                .reason();
    }

    private static Held held(BlockStore store, int dataset) {
        return store.usage().datasets().getOrDefault(dataset, new Held(0, 0));
    }

    private static int countThere(BlockStore store, int volume, int blocks) throws IOException {
        int there = 0;
        for (int i = 1; i <= blocks; i++) {
            there += isThere(store, block(volume, i, BLOCK_BYTES)) ? 1 : 0;
        }
        return there;
    }
}
