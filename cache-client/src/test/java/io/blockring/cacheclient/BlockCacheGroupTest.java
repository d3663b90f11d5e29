package io.blockring.cacheclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockKey;
import io.blockring.block.testing.Seeds;
import io.blockring.objectstore.MemoryObjectStore;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.VolumeLayout;
import io.blockring.proto.asking.AskingSettings;
import io.blockring.proto.blockprotocol.Answer.Source;
import io.blockring.proto.blockprotocol.Answer.Status;
import io.blockring.proto.blockprotocol.Ask;
import io.blockring.proto.testing.ScriptedNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BlockCacheGroupTest {
    private static final int UNIT = BlockChecksums.UNIT_BYTES;
    private static final int BLOCK_BYTES = 12 * UNIT + 77;
    private static final VolumeLayout LAYOUT = new VolumeLayout("lab", false);
    private static final AskingSettings ASKING = new AskingSettings(
            8, Duration.ofMillis(400), Duration.ofMillis(400), 3, Duration.ofMillis(50), Duration.ofMillis(200));
    private static final Duration FIRST_RING = Duration.ofSeconds(30);
    private static final BlockCacheSettings SETTINGS = new BlockCacheSettings(
            ASKING, Duration.ofSeconds(10), FIRST_RING, Duration.ofMinutes(10), 1L << 30, 1L << 30, 16 << 20);

    private final byte[] block = new byte[BLOCK_BYTES];
    private final MemoryObjectStore objects = new MemoryObjectStore();
    private final List<ScriptedNode> nodes = new ArrayList<>();
    /** What each node does, by its place. */
    private final Map<Integer, ScriptedNode.Script> scripts = new ConcurrentHashMap<>();

    private ScriptedGroup group;

    @BeforeEach
    void start() throws IOException {
        new Random(1).nextBytes(block);
        group = new ScriptedGroup();
        for (int place = 0; place < 3; place++) {
            int own = place;
            scripts.put(place, this::serve);
            nodes.add(new ScriptedNode((request, exchange) ->
                    Objects.requireNonNull(scripts.get(own)).answer(request, exchange)));
        }
        group.agree(1, nodes);
        objects.put(objectName(7), MemorySegment.ofArray(block), ObjectStore.PutCondition.ALWAYS);
    }

    @AfterEach
    void stop() throws IOException {
        group.close();
        for (ScriptedNode node : nodes) {
            node.close();
        }
    }

    @Test
    void anyRangeComesFromTheOwnerAndEachByteIsCountedOnce() throws IOException {
        try (var cache = open(SETTINGS)) {
            assertThat(cache.health().state()).isEqualTo(GroupHealth.State.CONNECTED);
            var returned = new long[1];
            Seeds.forEach(300, random -> {
                int from = random.nextInt(BLOCK_BYTES);
                int to = from + 1 + random.nextInt(random.nextBoolean() ? BLOCK_BYTES - from : 100);
                returned[0] += Math.min(to, BLOCK_BYTES) - from;
                assertThat(read(cache, from, Math.min(to, BLOCK_BYTES)))
                        .isEqualTo(Arrays.copyOfRange(block, from, Math.min(to, BLOCK_BYTES)));
            });
            CacheStatistics statistics = cache.statistics();
            assertThat(statistics.diskBytes()).isEqualTo(returned[0]);
            assertThat(statistics.nodeBytes()).containsExactly(Map.entry("n" + rank(cache, 0), returned[0]));
            assertThat(statistics.storeGets()).isZero();
        }
    }

    @Test
    void aNodeKilledInTheMiddleOfAnAnswerIsNotNoticed() throws IOException {
        try (var cache = open(SETTINGS)) {
            int owner = rank(cache, 0);
            int replica = rank(cache, 1);
            scripts.put(owner, (request, exchange) -> {
                exchange.extentHeader(Source.DISK, block, request.offset(), BLOCK_BYTES);
                exchange.sendBytes(ByteBuffer.wrap(block, request.offset(), 3 * UNIT + 100));
                throw new IOException("killed");
            });
            assertThat(read(cache, 10, BLOCK_BYTES)).isEqualTo(Arrays.copyOfRange(block, 10, BLOCK_BYTES));
            assertThat(cache.statistics().nodeBytes())
                    .containsOnly(
                            Map.entry("n" + owner, 3L * UNIT - 10),
                            Map.entry("n" + replica, (long) BLOCK_BYTES - 3 * UNIT));
            assertThat(nodes.get(replica).requests().getFirst().offset()).isEqualTo(3 * UNIT);
        }
    }

    @Test
    void allNodesKilledIsNotNoticedEither() throws IOException {
        try (var cache = open(SETTINGS)) {
            for (int place = 0; place < 3; place++) {
                scripts.put(place, (request, exchange) -> {
                    int end = Math.min(BLOCK_BYTES, request.offset() + 2 * UNIT);
                    exchange.extentHeader(Source.MEMORY, block, request.offset(), BLOCK_BYTES);
                    exchange.sendBytes(ByteBuffer.wrap(block, request.offset(), end - request.offset() - 1));
                    throw new IOException("killed");
                });
            }
            assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
            CacheStatistics statistics = cache.statistics();
            assertThat(statistics.memoryBytes()).isEqualTo(3L * UNIT);
            assertThat(statistics.directBytes()).isEqualTo(BLOCK_BYTES - 3L * UNIT);
            assertThat(statistics.objectBytes()).isEqualTo(statistics.directBytes());
            for (ScriptedNode node : nodes) {
                node.close();
            }
            for (int i = 0; i < 5; i++) {
                assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
            }
            await(() -> cache.health().state() == GroupHealth.State.DEGRADED);
            assertThat(cache.health().why()).contains("no node");
        }
    }

    @Test
    void aStoppedNodeCostsOneWaitAndThenNone() throws IOException {
        try (var cache = open(SETTINGS)) {
            int owner = rank(cache, 0);
            nodes.get(owner).stopGreeting();
            long start = System.nanoTime();
            assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
            assertThat(System.nanoTime() - start)
                    .isGreaterThan(Duration.ofMillis(350).toNanos());
            int connections = nodes.get(owner).connectionCount();
            for (int i = 0; i < 20; i++) {
                assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
            }
            assertThat(nodes.get(owner).requests()).isEmpty();
            assertThat(nodes.get(owner).connectionCount() - connections)
                    .as("only probes")
                    .isLessThan(15);
            nodes.get(owner).greetAgain();
            await(() -> {
                try {
                    read(cache, 0, BLOCK_BYTES);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                return !nodes.get(owner).requests().isEmpty();
            });
        }
    }

    @Test
    void aBusyNodeSendsUsToItsReplicaAndTheLastOneToTheStore() throws IOException {
        try (var cache = open(SETTINGS)) {
            scripts.put(rank(cache, 0), saying(Status.BUSY));
            assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
            assertThat(cache.statistics().nodeBytes()).containsKey("n" + rank(cache, 1));
            for (int place = 0; place < 3; place++) {
                scripts.put(place, saying(Status.BUSY));
            }
            assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
            assertThat(cache.statistics().directBytes()).isEqualTo(BLOCK_BYTES);
            assertThat(cache.statistics().busyAnswers()).isEqualTo(4);
        }
    }

    @Test
    void readsOverTheBudgetWaitAndDoNotFail() throws IOException {
        var little = new BlockCacheSettings(
                ASKING, Duration.ofSeconds(20), FIRST_RING, Duration.ofMinutes(10), 2L * BLOCK_BYTES, 1, 16 << 20);
        try (var cache = open(little)) {
            for (int place = 0; place < 3; place++) {
                scripts.put(place, saying(Status.BUSY));
            }
            long start = System.nanoTime();
            for (int i = 0; i < 4; i++) {
                assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
            }
            assertThat(System.nanoTime() - start)
                    .isGreaterThan(Duration.ofMillis(1400).toNanos());
            assertThat(cache.statistics().budgetWaits()).isPositive();
        }
    }

    @Test
    void aReadThatMayNotAskTheStoreInTimeFailsAtItsDeadline() throws IOException {
        var nothing = new BlockCacheSettings(
                ASKING, Duration.ofSeconds(1), FIRST_RING, Duration.ofMinutes(10), 1, 1, 16 << 20);
        try (var cache = open(nothing)) {
            for (int place = 0; place < 3; place++) {
                scripts.put(place, saying(Status.MISS));
            }
            read(cache, 0, BLOCK_BYTES);
            assertThatThrownBy(() -> read(cache, 0, BLOCK_BYTES))
                    .isInstanceOf(ObjectStoreException.class)
                    .hasMessageContaining("may not be asked so often");
            scripts.put(rank(cache, 0), this::serve);
            assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
        }
    }

    @Test
    void wrongBytesAreReadAgainWithACheckAndNeverReturned() throws IOException {
        byte[] flipped = block.clone();
        flipped[4 * UNIT + 1] ^= 1;
        try (var cache = open(SETTINGS)) {
            int owner = rank(cache, 0);
            scripts.put(owner, (request, exchange) -> {
                if (request.has(Ask.CHECK)) {
                    serve(request, exchange);
                } else {
                    exchange.extentHeader(Source.DISK, block, request.offset(), request.offset() + request.length());
                    exchange.sendBytes(ByteBuffer.wrap(flipped, request.offset(), request.length()));
                    exchange.end(Status.OK, Source.DISK, 1);
                }
            });
            assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
            assertThat(nodes.get(owner).requests().get(1).offset()).isEqualTo(4 * UNIT);
            assertThat(cache.statistics().badUnits()).isEqualTo(1);
            assertThat(cache.statistics().diskBytes()).isEqualTo(BLOCK_BYTES);

            ScriptedNode.Script wrong = (request, exchange) -> {
                exchange.extentHeader(Source.DISK, block, request.offset(), request.offset() + request.length());
                exchange.sendBytes(ByteBuffer.wrap(flipped, request.offset(), request.length()));
                exchange.end(Status.OK, Source.DISK, 1);
            };
            for (int place = 0; place < 3; place++) {
                scripts.put(place, wrong);
            }
            assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
            assertThat(cache.statistics().directBytes()).isEqualTo(BLOCK_BYTES - 4L * UNIT);
        }
    }

    @Test
    void aNodeThatHasNoKeysOrAStoreThatFailsItSendsUsToTheStoreAtOnce() throws IOException {
        try (var cache = open(SETTINGS)) {
            for (Status status : List.of(Status.NO_KEYS, Status.STORE_ERROR, Status.UNKNOWN_VOLUME)) {
                scripts.put(rank(cache, 0), saying(status));
                assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
            }
            assertThat(cache.statistics().storeGets()).isEqualTo(3);
            assertThat(nodes.get(rank(cache, 1)).requests()).isEmpty();
        }
    }

    @Test
    void anAnswerOfAHigherEpochMakesUsFetchTheRingOnce() throws IOException {
        try (var cache = open(SETTINGS)) {
            int asked = group.ringsAsked.get();
            scripts.put(rank(cache, 0), (request, exchange) -> {
                exchange.extent(Source.MEMORY, block, request.offset(), request.offset() + request.length());
                exchange.end(Status.OK, Source.MEMORY, 2);
            });
            group.agree(2, nodes);
            for (int i = 0; i < 10; i++) {
                read(cache, 0, BLOCK_BYTES);
            }
            await(() -> cache.health().epoch() == 2);
            read(cache, 0, BLOCK_BYTES);
            assertThat(nodes.get(rank(cache, 0)).requests().getLast().epoch()).isEqualTo(2);
            assertThat(group.ringsAsked.get() - asked).isEqualTo(1);
        }
    }

    @Test
    void aGroupOutOfReachIsSaidAndReadsGoOn() throws IOException {
        String seed = group.seed();
        int port = Integer.parseInt(seed.substring(seed.indexOf(':') + 1));
        group.close();
        try (var cache = open(SETTINGS, new GroupAddress("train", List.of(seed), ScriptedGroup.VOLUME))) {
            assertThat(cache.health().state()).isEqualTo(GroupHealth.State.DEGRADED);
            assertThat(cache.health().why()).contains(seed);
            BlockKey.Slice early = key(cache);
            assertThat(read(cache, early, 0, BLOCK_BYTES)).isEqualTo(block);
            group = new ScriptedGroup(port);
            group.agree(3, nodes);
            await(() -> cache.health().state() == GroupHealth.State.CONNECTED);
            assertThat(read(cache, early, 0, BLOCK_BYTES)).as("named before").isEqualTo(block);
            assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
            assertThat(cache.statistics().diskBytes()).isEqualTo(BLOCK_BYTES);
        }
    }

    @Test
    void aVolumeThatTheGroupDoesNotKnowIsReadFromTheStore() throws IOException {
        group.agree(2, nodes, new UUID(8, 8));
        try (var cache = open(SETTINGS)) {
            assertThat(cache.health().state()).isEqualTo(GroupHealth.State.DEGRADED);
            assertThat(cache.health().why()).contains("does not know volume");
            assertThat(read(cache, 0, BLOCK_BYTES)).isEqualTo(block);
            assertThat(nodes).allSatisfy(node -> assertThat(node.requests()).isEmpty());
        }
    }

    @Test
    void aBlockIsOfferedToItsOwnerAfterItIsDurable() throws IOException {
        var taken = new ConcurrentHashMap<BlockKey, byte[]>();
        for (int place = 0; place < 3; place++) {
            scripts.put(place, (request, exchange) -> {
                var key = (BlockKey.Slice) request.key();
                assertThat(objects.head(objectName(key.sliceId()))).isPresent();
                exchange.end(Status.MISS, Source.NONE, 1);
                taken.put(key, exchange.offered());
                exchange.end(Status.OK, Source.NONE, 1);
            });
        }
        try (var cache = open(SETTINGS);
                var arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, block);
            BlockKey.Slice key = cache.keyOf(8, 0, BLOCK_BYTES);
            cache.write(key, bytes);
            bytes.fill((byte) 0);
            await(() -> cache.statistics().offersSent() == 1);
            assertThat(taken).containsOnlyKeys(key);
            assertThat(taken.get(key)).isEqualTo(block);
            int owner = group.place(nodes, key, 0);
            assertThat(nodes.get(owner).requests()).hasSize(1);
        }
    }

    @Test
    void offersThatDoNotFitAreDroppedAndWritesDoNotWait() throws IOException {
        var held = new CountDownLatch(1);
        for (int place = 0; place < 3; place++) {
            scripts.put(place, (request, exchange) -> {
                assertThat(held.await(20, TimeUnit.SECONDS)).isTrue();
                exchange.end(Status.OK, Source.NONE, 1);
            });
        }
        var small = new BlockCacheSettings(
                AskingSettings.DEFAULT,
                Duration.ofSeconds(10),
                FIRST_RING,
                Duration.ofMinutes(10),
                1L << 30,
                1L << 30,
                2L * BLOCK_BYTES);
        try (var cache = open(small)) {
            for (long slice = 10; slice < 20; slice++) {
                cache.write(cache.keyOf(slice, 0, BLOCK_BYTES), MemorySegment.ofArray(block));
            }
            assertThat(cache.statistics().offersDropped()).isEqualTo(8);
            held.countDown();
            await(() -> cache.statistics().offersSent() == 2);
        }
    }

    @Test
    void withoutAGroupAllComesFromTheStore() throws IOException {
        try (var cache = new BlockCache(objects, LAYOUT)) {
            assertThat(read(cache, 5, 100)).isEqualTo(Arrays.copyOfRange(block, 5, 100));
            assertThat(cache.health().state()).isEqualTo(GroupHealth.State.NO_GROUP);
            assertThat(cache.statistics().objectBytes()).isEqualTo(95);
            assertThatThrownBy(() -> read(cache, cache.keyOf(99, 0, BLOCK_BYTES), 0, 10))
                    .isInstanceOf(ObjectStoreException.class);
            assertThat(cache.statistics().failedReads()).isEqualTo(1);
        }
    }

    private void serve(Ask.Request request, ScriptedNode.Exchange exchange) throws IOException {
        exchange.extent(Source.DISK, block, request.offset(), request.offset() + request.length());
        exchange.end(Status.OK, Source.DISK, 1);
    }

    private static ScriptedNode.Script saying(Status status) {
        return (request, exchange) -> exchange.end(status, Source.NONE, 1);
    }

    private BlockCache open(BlockCacheSettings settings) {
        return open(settings, group.address());
    }

    private BlockCache open(BlockCacheSettings settings, GroupAddress address) {
        return new BlockCache(objects, LAYOUT, address, settings);
    }

    private int rank(BlockCache cache, int rank) {
        return group.place(nodes, key(cache), rank);
    }

    private static BlockKey.Slice key(BlockCache cache) {
        return cache.keyOf(7, 0, BLOCK_BYTES);
    }

    private static String objectName(long slice) {
        return LAYOUT.blockKey(slice, 0, BLOCK_BYTES);
    }

    private static byte[] read(BlockCache cache, int from, int to) throws IOException {
        return read(cache, key(cache), from, to);
    }

    private static byte[] read(BlockCache cache, BlockKey.Slice key, int from, int to) throws IOException {
        try (var arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(to - from);
            cache.read(key, from, into);
            return into.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("the wait is over").isLessThan(deadline);
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }
}
