package io.blockring.blockstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.BlockHash;
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
    void itIsAMapFromHashesToPlaces() {
        Seeds.forEach(100, random -> {
            try (var table = new BlockTable()) {
                var model = new HashMap<BlockHash, Long>();
                int hashes = 1 + random.nextInt(400);
                for (int step = 0; step < 2000; step++) {
                    changeOne(table, model, crowdedHash(random.nextInt(hashes)), step);
                }
                var places = new HashSet<Long>();
                table.forEachPlace(places::add);
                assertThat(places).isEqualTo(new HashSet<>(model.values()));
                assertThat(table.count()).isEqualTo(model.size());
                for (int i = 0; i < hashes; i++) {
                    BlockHash hash = crowdedHash(i);
                    assertThat(table.shard(hash).contains(hash)).isEqualTo(model.containsKey(hash));
                }
                removeHalf(table, model);
            }
        });
    }

    @Test
    void theHandSparesWhatWasUsedOnceAndWhatIsPinnedAlways() {
        Seeds.forEach(50, random -> {
            try (var table = new BlockTable()) {
                var unused = new HashSet<BlockHash>();
                var used = new HashSet<BlockHash>();
                var pinned = new HashSet<BlockHash>();
                for (int i = 0; i < 300; i++) {
                    // Never in the last buckets: one that is found around the end of a table may lose its chance.
                    long low = random.nextLong() << 20 | random.nextInt(8 * BlockTable.SHARDS);
                    var hash = new BlockHash(random.nextLong(), low);
                    table.shard(hash).claim(hash);
                    table.shard(hash).publish(hash, i);
                    switch (random.nextInt(3)) {
                        case 0 -> unused.add(hash);
                        case 1 -> {
                            table.shard(hash).touch(hash);
                            used.add(hash);
                        }
                        default -> {
                            assertThat(table.shard(hash).pin(hash)).isNotNull();
                            pinned.add(hash);
                        }
                    }
                }
                assertThat(new HashSet<>(takeVictims(table, unused.size()))).isEqualTo(unused);
                assertThat(new HashSet<>(takeVictims(table, used.size()))).isEqualTo(used);
                assertThat(table.nextVictim()).isNull();
                assertThat(table.count()).isEqualTo(pinned.size());
            }
        });
    }

    @Test
    void aBlockOnItsWayInOrOutIsClaimed() {
        try (var table = new BlockTable()) {
            var hash = new BlockHash(1, 2);
            BlockShard shard = table.shard(hash);
            assertThat(shard.claim(hash)).isTrue();
            assertThat(shard.claim(hash)).isFalse();
            shard.publish(hash, 7);
            assertThat(shard.claim(hash)).isFalse();
            assertThat(shard.remove(hash, 8)).isFalse();
            assertThat(shard.remove(hash, 7)).isTrue();
            assertThat(shard.claim(hash)).isFalse();
            assertThat(shard.release(hash, 7)).isTrue();
            assertThat(shard.claim(hash)).isTrue();
        }
    }

    @Test
    void theLastReaderOfABlockThatIsGoneFreesItsPlace() {
        try (var table = new BlockTable()) {
            var hash = new BlockHash(1, 2);
            BlockShard shard = table.shard(hash);
            shard.claim(hash);
            shard.publish(hash, 7);
            assertThat(shard.pin(hash)).isEqualTo(new BlockShard.Found(7, false, true));
            assertThat(shard.pin(hash)).isEqualTo(new BlockShard.Found(7, true, true));
            shard.remove(hash, 7);
            assertThat(shard.release(hash, 7)).isFalse();
            assertThat(table.doomedPlaces()).containsExactly(7L);
            assertThat(shard.unpin(7)).isFalse();
            assertThat(shard.unpin(7)).isTrue();
            assertThat(table.pinnedPlaces()).isZero();
        }
    }

    private static void changeOne(BlockTable table, Map<BlockHash, Long> model, BlockHash hash, long place) {
        BlockShard shard = table.shard(hash);
        Long known = model.get(hash);
        BlockShard.Found found = shard.pin(hash);
        if (known == null) {
            assertThat(found).isNull();
            assertThat(shard.claim(hash)).isTrue();
            shard.publish(hash, place);
            model.put(hash, place);
        } else {
            assertThat(found).isNotNull().extracting(BlockShard.Found::place).isEqualTo(known);
            shard.unpin(known);
            assertThat(shard.remove(hash, known)).isTrue();
            assertThat(shard.release(hash, known)).isTrue();
            model.remove(hash);
        }
    }

    private static void removeHalf(BlockTable table, Map<BlockHash, Long> model) {
        var removed = new HashMap<BlockHash, Long>();
        for (BlockTable.Entry entry : table.removeAll(place -> place % 2 == 0)) {
            removed.put(entry.hash(), entry.place());
        }
        var expected = new HashMap<>(model);
        expected.values().removeIf(place -> place % 2 != 0);
        assertThat(removed).isEqualTo(expected);
        assertThat(table.count()).isEqualTo(model.size() - expected.size());
    }

    /** Hashes that share shards and buckets, so that probes are long and wrap around. */
    private static BlockHash crowdedHash(int i) {
        var random = new Random(i);
        long bucket = random.nextInt(3) - 1L;
        return new BlockHash(i, bucket << BlockTable.SHARD_BITS | random.nextInt(2) | (long) i << 40);
    }

    private static List<BlockHash> takeVictims(BlockTable table, int count) {
        var victims = new ArrayList<BlockHash>();
        for (int i = 0; i < count; i++) {
            victims.add(Objects.requireNonNull(table.nextVictim()).hash());
        }
        return victims;
    }
}
