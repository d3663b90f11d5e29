package io.blockring.blockstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockTableTest {
    @Test
    void itIsAMapFromBlocksToPlaces() {
        Seeds.forEach(100, random -> {
            try (var table = new BlockTable(Eviction.SIEVE)) {
                var model = new HashMap<Fingerprint, Long>();
                int blocks = 1 + random.nextInt(400);
                for (int step = 0; step < 2000; step++) {
                    changeOne(table, model, crowdedBlock(random.nextInt(blocks)), step);
                }
                var places = new HashSet<Long>();
                table.forEachPlace(places::add);
                assertThat(places).isEqualTo(new HashSet<>(model.values()));
                assertThat(table.count()).isEqualTo(model.size());
                for (int i = 0; i < blocks; i++) {
                    Fingerprint block = crowdedBlock(i);
                    assertThat(table.shard(block).contains(block)).isEqualTo(model.containsKey(block));
                }
                removeHalf(table, model);
            }
        });
    }

    @Test
    void theHandSparesWhatWasUsedOnceAndWhatIsPinnedAlways() {
        Seeds.forEach(50, random -> {
            try (var table = new BlockTable(Eviction.SIEVE)) {
                var unused = new HashSet<Fingerprint>();
                var used = new HashSet<Fingerprint>();
                var pinned = new HashSet<Fingerprint>();
                for (int i = 0; i < 300; i++) {
                    // Never in the last buckets: one that is found around the end of a table may lose its chance.
                    var block = new Fingerprint(random.nextLong() >>> 18, 0);
                    table.shard(block).claim(block);
                    table.shard(block).publish(block, i);
                    switch (random.nextInt(3)) {
                        case 0 -> unused.add(block);
                        case 1 -> {
                            table.shard(block).touch(block);
                            used.add(block);
                        }
                        default -> {
                            assertThat(table.shard(block).pin(block)).isNotNull();
                            pinned.add(block);
                        }
                    }
                }
                // All but those of the youngest age, a 32nd of all, which the hand leaves out.
                List<Fingerprint> first = takeVictims(table, unused.size());
                assertThat(first).filteredOn(used::contains).hasSizeLessThanOrEqualTo(10);
                List<Fingerprint> then = takeVictims(table, used.size());
                assertThat(first).doesNotContainAnyElementsOf(pinned).doesNotContainAnyElementsOf(then);
                assertThat(then).doesNotContainAnyElementsOf(pinned);
                assertThat(table.nextVictim(_ -> true)).isNull();
                assertThat(table.count()).isEqualTo(pinned.size());
            }
        });
    }

    @Test
    void aBlockTakesAtMost24BytesHoweverManyThereAre() {
        var random = new Random(1);
        try (var table = new BlockTable(Eviction.SIEVE)) {
            for (int blocks = 1; blocks <= 300_000; blocks++) {
                var block = new Fingerprint(random.nextLong(), 0);
                table.shard(block).publish(block, blocks);
                if (blocks >= 100_000 && blocks % 1000 == 0) {
                    assertThat((double) table.bytes() / blocks).isBetween(16.0, 24.0);
                }
            }
        }
    }

    @Test
    void aBlockOnItsWayInOrOutIsClaimed() {
        try (var table = new BlockTable(Eviction.SIEVE)) {
            var block = new Fingerprint(1, 2);
            BlockShard shard = table.shard(block);
            assertThat(shard.claim(block)).isTrue();
            assertThat(shard.claim(block)).isFalse();
            shard.publish(block, 7);
            assertThat(shard.claim(block)).isFalse();
            assertThat(shard.remove(block, 8)).isFalse();
            assertThat(shard.remove(block, 7)).isTrue();
            assertThat(shard.claim(block)).isFalse();
            assertThat(shard.release(block, 7)).isTrue();
            assertThat(shard.claim(block)).isTrue();
        }
    }

    @Test
    void theLastReaderOfABlockThatIsGoneFreesItsPlace() {
        try (var table = new BlockTable(Eviction.SIEVE)) {
            var block = new Fingerprint(1, 2);
            BlockShard shard = table.shard(block);
            shard.claim(block);
            shard.publish(block, 7);
            assertThat(shard.pin(block)).isEqualTo(new BlockShard.Found(7, false, true));
            assertThat(shard.pin(block)).isEqualTo(new BlockShard.Found(7, true, true));
            shard.remove(block, 7);
            assertThat(shard.release(block, 7)).isFalse();
            assertThat(table.doomedPlaces()).containsExactly(7L);
            assertThat(shard.unpin(7)).isFalse();
            assertThat(shard.unpin(7)).isTrue();
            assertThat(table.pinnedPlaces()).isZero();
        }
    }

    private static void changeOne(BlockTable table, Map<Fingerprint, Long> model, Fingerprint block, long place) {
        BlockShard shard = table.shard(block);
        Long known = model.get(block);
        BlockShard.Found found = shard.pin(block);
        if (known == null) {
            assertThat(found).isNull();
            assertThat(shard.claim(block)).isTrue();
            shard.publish(block, place);
            model.put(block, place);
        } else {
            assertThat(found).isNotNull().extracting(BlockShard.Found::place).isEqualTo(known);
            shard.unpin(known);
            assertThat(shard.remove(block, known)).isTrue();
            assertThat(shard.release(block, known)).isTrue();
            model.remove(block);
        }
    }

    private static void removeHalf(BlockTable table, Map<Fingerprint, Long> model) {
        var removed = new HashMap<Fingerprint, Long>();
        for (BlockTable.Entry entry : table.removeAll(place -> place % 2 == 0)) {
            removed.put(entry.block(), entry.place());
        }
        var expected = new HashMap<>(model);
        expected.values().removeIf(place -> place % 2 != 0);
        assertThat(removed).isEqualTo(expected);
        assertThat(table.count()).isEqualTo(model.size() - expected.size());
    }

    /** Blocks that share shards and buckets, so that probes are long and wrap around. */
    private static Fingerprint crowdedBlock(int i) {
        var random = new Random(i);
        long home = random.nextInt(3) - 1L;
        return new Fingerprint(home << 59 >>> 16 | random.nextInt(2), i);
    }

    private static List<Fingerprint> takeVictims(BlockTable table, int count) {
        var victims = new ArrayList<Fingerprint>();
        for (int i = 0; i < count; i++) {
            victims.add(Objects.requireNonNull(table.nextVictim(_ -> true)).block());
        }
        return victims;
    }
}
