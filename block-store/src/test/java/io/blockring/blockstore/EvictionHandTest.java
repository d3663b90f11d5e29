package io.blockring.blockstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The hand, that knows ages in eight bits, beside the rules that know each block's turn. */
class EvictionHandTest {
    private static final int DATA_BLOCKS = 4000;

    @Test
    void itFindsWhatSieveFinds() {
        for (List<Integer> reads : List.of(epochs(8), skewed(60_000), scanBesideHotOnes())) {
            for (int room : List.of(DATA_BLOCKS / 10, DATA_BLOCKS / 2, DATA_BLOCKS * 9 / 10)) {
                assertThat(hitRatio(new Hand(Eviction.SIEVE), reads, room))
                        .isCloseTo(hitRatio(new Sieve(), reads, room), within(0.02));
            }
        }
    }

    /** Where SIEVE stays with what it had for long: the circle of ages brings the hand back to that. */
    @Test
    void itFollowsAChangeOfDataSoonerThanSieve() {
        List<Integer> reads = anotherDatasetEachTime();
        for (int room : List.of(DATA_BLOCKS / 2, DATA_BLOCKS * 9 / 10)) {
            assertThat(hitRatio(new Hand(Eviction.SIEVE), reads, room))
                    .isGreaterThan(hitRatio(new Sieve(), reads, room) + 0.2);
        }
    }

    @Test
    void itFindsWhatLruFinds() {
        for (List<Integer> reads : List.of(epochs(8), skewed(60_000), scanBesideHotOnes(), anotherDatasetEachTime())) {
            for (int room : List.of(DATA_BLOCKS / 10, DATA_BLOCKS / 2, DATA_BLOCKS * 9 / 10)) {
                assertThat(hitRatio(new Hand(Eviction.LRU), reads, room))
                        .isCloseTo(hitRatio(new Lru(), reads, room), within(0.02));
            }
        }
    }

    @Test
    void aHandfulOfBlocksGoesInOrder() {
        try (var table = new BlockTable(Eviction.LRU)) {
            for (int i = 1; i <= 20; i++) {
                publish(table, i);
            }
            table.shard(block(3)).touch(block(3));
            for (int i = 1; i <= 20; i++) {
                if (i != 3) {
                    assertThat(victim(table)).isEqualTo(block(i));
                }
            }
            assertThat(victim(table)).isEqualTo(block(3));
            assertThat(table.nextVictim(_ -> true)).isNull();
        }
    }

    @Test
    void whatMayNotGoStaysHoweverOldItIs() {
        try (var table = new BlockTable(Eviction.SIEVE)) {
            for (int i = 1; i <= 1000; i++) {
                publish(table, i);
            }
            for (int i = 0; i < 100; i++) {
                assertThat(Objects.requireNonNull(table.nextVictim(place -> place > 900))
                                .place())
                        .isGreaterThan(900);
            }
            assertThat(table.nextVictim(place -> place > 900)).isNull();
            assertThat(table.count()).isEqualTo(900);
        }
    }

    /** A cache of blocks by number. */
    private interface Cache {
        /** Uses the block if it is there. */
        boolean use(int number);

        void add(int number);

        void evictOne();
    }

    private static double hitRatio(Cache cache, List<Integer> reads, int room) {
        int hits = 0;
        int held = 0;
        for (int number : reads) {
            if (cache.use(number)) {
                hits++;
            } else {
                if (held == room) {
                    cache.evictOne();
                    held--;
                }
                cache.add(number);
                held++;
            }
        }
        return (double) hits / reads.size();
    }

    private static final class Hand implements Cache {
        private final BlockTable table;

        Hand(Eviction eviction) {
            table = new BlockTable(eviction);
        }

        @Override
        public boolean use(int number) {
            BlockShard.Found found = table.shard(block(number)).pin(block(number));
            return found != null && !table.shard(block(number)).unpin(found.place());
        }

        @Override
        public void add(int number) {
            publish(table, number);
        }

        @Override
        public void evictOne() {
            BlockTable.Entry taken = Objects.requireNonNull(table.nextVictim(_ -> true));
            table.shard(taken.block()).release(taken.block(), taken.place());
        }
    }

    private static final class Lru implements Cache {
        private final Map<Integer, Boolean> held = new LinkedHashMap<>(16, 0.75f, true);

        @Override
        public boolean use(int number) {
            return held.get(number) != null;
        }

        @Override
        public void add(int number) {
            held.put(number, true);
        }

        @Override
        public void evictOne() {
            held.remove(held.keySet().iterator().next());
        }
    }

    /** As its authors print it: a queue, a mark for each block, and a hand that goes from old to new. */
    private static final class Sieve implements Cache {
        private static final class Node {
            final int number;
            boolean used;

            @Nullable
            Node newer;

            @Nullable
            Node older;

            Node(int number) {
                this.number = number;
            }
        }

        private final Map<Integer, Node> held = new HashMap<>();
        private @Nullable Node newest;
        private @Nullable Node oldest;
        private @Nullable Node hand;

        @Override
        public boolean use(int number) {
            Node node = held.get(number);
            if (node != null) {
                node.used = true;
            }
            return node != null;
        }

        @Override
        public void add(int number) {
            var node = new Node(number);
            held.put(number, node);
            node.older = newest;
            if (newest != null) {
                newest.newer = node;
            }
            newest = node;
            oldest = oldest == null ? node : oldest;
        }

        @Override
        public void evictOne() {
            Node node = orOldest(hand);
            while (node.used) {
                node.used = false;
                node = orOldest(node.newer);
            }
            hand = node.newer;
            held.remove(node.number);
            if (node.newer != null) {
                node.newer.older = node.older;
            } else {
                newest = node.older;
            }
            if (node.older != null) {
                node.older.newer = node.newer;
            } else {
                oldest = node.newer;
            }
        }

        private Node orOldest(@Nullable Node node) {
            return node != null ? node : Objects.requireNonNull(oldest);
        }
    }

    /** All blocks in another order each time. */
    private static List<Integer> epochs(int count) {
        var random = new Random(1);
        var order = new ArrayList<Integer>();
        for (int i = 1; i <= DATA_BLOCKS; i++) {
            order.add(i);
        }
        var reads = new ArrayList<Integer>();
        for (int epoch = 0; epoch < count; epoch++) {
            Collections.shuffle(order, random);
            reads.addAll(order);
        }
        return reads;
    }

    /** Few blocks often, many seldom. */
    private static List<Integer> skewed(int count) {
        var random = new Random(2);
        var reads = new ArrayList<Integer>();
        for (int i = 0; i < count; i++) {
            reads.add(1 + (int) (DATA_BLOCKS * Math.pow(random.nextDouble(), 4)));
        }
        return reads;
    }

    private static List<Integer> scanBesideHotOnes() {
        var random = new Random(3);
        var reads = new ArrayList<Integer>();
        for (int i = 1; i <= 20_000; i++) {
            reads.add(DATA_BLOCKS + i);
            reads.add(1 + random.nextInt(DATA_BLOCKS / 8));
        }
        return reads;
    }

    /** Of sets that fit into the larger caches, each read some times and then no more. */
    private static List<Integer> anotherDatasetEachTime() {
        var reads = new ArrayList<Integer>();
        for (int dataset = 0; dataset < 8; dataset++) {
            for (int read = 0; read < 5 * 1500; read++) {
                reads.add(1 + dataset * 1500 + read % 1500);
            }
        }
        return reads;
    }

    private static void publish(BlockTable table, int number) {
        table.shard(block(number)).claim(block(number));
        table.shard(block(number)).publish(block(number), number);
    }

    private static Fingerprint victim(BlockTable table) {
        return Objects.requireNonNull(table.nextVictim(_ -> true)).block();
    }

    private static Fingerprint block(int number) {
        return new Fingerprint(new Random(number).nextLong(), 0);
    }
}
