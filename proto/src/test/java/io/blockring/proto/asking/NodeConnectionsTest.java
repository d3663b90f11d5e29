package io.blockring.proto.asking;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockKey;
import io.blockring.block.testing.Seeds;
import io.blockring.proto.blockprotocol.Answer;
import io.blockring.proto.blockprotocol.Ask;
import io.blockring.proto.blockprotocol.Extent;
import io.blockring.proto.blockprotocol.Hello;
import io.blockring.proto.testing.ScriptedNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeConnectionsTest {
    private static final int UNIT = BlockChecksums.UNIT_BYTES;
    private static final int BLOCK_BYTES = 10 * UNIT + 77;
    private static final AskingSettings SETTINGS = new AskingSettings(
            4, Duration.ofMillis(300), Duration.ofMillis(300), 3, Duration.ofMillis(20), Duration.ofMillis(50));

    private final byte[] block = new byte[BLOCK_BYTES];
    private final ConnectionWatch watch = new ConnectionWatch();

    NodeConnectionsTest() {
        new Random(1).nextBytes(block);
    }

    @AfterEach
    void endTheWatch() {
        watch.close();
    }

    @Test
    void bytesArriveWhereTheyBelongHoweverTheyAreCut() throws IOException {
        ScriptedNode.Script inPieces = (request, exchange) -> {
            var random = new Random(request.epoch());
            int at = request.offset();
            int end = at + request.length();
            while (at < end) {
                if (random.nextInt(4) == 0) {
                    exchange.extent(Answer.Source.STORE, block, 0, 0);
                }
                int to = Math.min(end, at + random.nextInt(1, 5) * UNIT);
                exchange.extent(Answer.Source.STORE, block, at, to);
                at = to;
            }
            exchange.end(Answer.Status.OK, Answer.Source.STORE, 7);
        };
        try (var node = new ScriptedNode(inPieces);
                var connections = connectionsTo(node)) {
            Seeds.forEach(100, random -> {
                int first = random.nextInt(11);
                int offset = first * UNIT;
                int end = Math.min(BLOCK_BYTES, (first + random.nextInt(1, 12)) * UNIT);
                var sink = new Sink(offset, end - offset);
                NodeAnswer answer = connections.ask(read(offset, end - offset, random.nextInt()), sink, in(5));
                assertThat(answer).isInstanceOfSatisfying(NodeAnswer.Ended.class, ended -> {
                    assertThat(ended.isBad()).isFalse();
                    assertThat(ended.end().epoch()).isEqualTo(7);
                });
                assertThat(sink.bytes()).isEqualTo(Arrays.copyOfRange(block, offset, end));
                assertThat(sink.arrivedTo).isEqualTo(end);
            });
            assertThat(node.connectionCount())
                    .as("one connection is used again")
                    .isEqualTo(1);
        }
    }

    @Test
    void aUnitThatIsNotWhatItsChecksumSaysIsNamedAndNothingBehindItCounts() throws IOException {
        byte[] flipped = block.clone();
        flipped[3 * UNIT + 5] ^= 1;
        flipped[5 * UNIT] ^= 1;
        ScriptedNode.Script flipping = (request, exchange) -> {
            exchange.extentHeader(Answer.Source.DISK, block, 0, 4 * UNIT);
            exchange.sendBytes(java.nio.ByteBuffer.wrap(flipped, 0, 4 * UNIT));
            exchange.extentHeader(Answer.Source.DISK, block, 4 * UNIT, BLOCK_BYTES);
            exchange.sendBytes(java.nio.ByteBuffer.wrap(flipped, 4 * UNIT, BLOCK_BYTES - 4 * UNIT));
            exchange.end(Answer.Status.OK, Answer.Source.DISK, 1);
        };
        try (var node = new ScriptedNode(flipping);
                var connections = connectionsTo(node)) {
            var sink = new Sink(0, BLOCK_BYTES);
            NodeAnswer answer = connections.ask(read(0, BLOCK_BYTES, 1), sink, in(5));
            assertThat(answer)
                    .isInstanceOfSatisfying(
                            NodeAnswer.Ended.class,
                            ended -> assertThat(ended.firstBadOffset()).isEqualTo(3 * UNIT));
            assertThat(sink.arrivedTo).isEqualTo(3 * UNIT);
        }
    }

    @Test
    void aConnectionLostInTheMiddleLeavesWhatHadArrived() throws IOException {
        ScriptedNode.Script dying = (request, exchange) -> {
            exchange.extentHeader(Answer.Source.MEMORY, block, 0, BLOCK_BYTES);
            exchange.sendBytes(java.nio.ByteBuffer.wrap(block, 0, 2 * UNIT + 10));
            throw new IOException("killed");
        };
        try (var node = new ScriptedNode(dying);
                var connections = connectionsTo(node)) {
            var sink = new Sink(0, BLOCK_BYTES);
            assertThat(connections.ask(read(0, BLOCK_BYTES, 1), sink, in(5))).isInstanceOf(NodeAnswer.Lost.class);
            assertThat(sink.arrivedTo).isEqualTo(2 * UNIT);
            assertThat(connections.isReachable()).isTrue();
        }
    }

    @Test
    void aNodeRestartedSinceTheLastRequestIsAskedOnANewConnection() throws IOException {
        try (var node = new ScriptedNode(this::answerWhole);
                var connections = connectionsTo(node)) {
            connections.ask(read(0, BLOCK_BYTES, 1), new Sink(0, BLOCK_BYTES), in(5));
            node.dropConnections();
            var sink = new Sink(0, BLOCK_BYTES);
            assertThat(connections.ask(read(0, BLOCK_BYTES, 1), sink, in(5))).isInstanceOf(NodeAnswer.Ended.class);
            assertThat(sink.bytes()).isEqualTo(block);
        }
    }

    @Test
    void aSilentNodeIsLeftAloneUntilItAnswersAgain() throws IOException {
        try (var node = new ScriptedNode(this::answerWhole);
                var connections = connectionsTo(node)) {
            node.stopGreeting();
            NodeAnswer answer = connections.ask(read(0, BLOCK_BYTES, 1), new Sink(0, BLOCK_BYTES), in(5));
            assertThat(answer)
                    .isInstanceOfSatisfying(
                            NodeAnswer.Lost.class,
                            lost -> assertThat(lost.cause()).isInstanceOf(NodeSilentException.class));
            assertThat(connections.ask(read(0, BLOCK_BYTES, 1), new Sink(0, BLOCK_BYTES), in(5)))
                    .isInstanceOf(NodeAnswer.NotAsked.class);
            node.greetAgain();
            await(connections::isReachable);
            assertThat(connections.ask(read(0, BLOCK_BYTES, 1), new Sink(0, BLOCK_BYTES), in(5)))
                    .isInstanceOf(NodeAnswer.Ended.class);
        }
    }

    @Test
    void aSilentNodeIsFoundOutAlsoAfterTheWatchHasSlept() throws IOException {
        try (var node = new ScriptedNode(this::answerWhole)) {
            try (var connections = connectionsTo(node)) {
                for (int i = 0; i < 2; i++) {
                    assertThat(connections.ask(read(0, BLOCK_BYTES, 1), new Sink(0, BLOCK_BYTES), in(5)))
                            .isInstanceOf(NodeAnswer.Ended.class);
                    await(watch::isSleeping);
                }
            }
            node.stopGreeting();
            try (var connections = connectionsTo(node)) {
                assertThat(connections.ask(read(0, BLOCK_BYTES, 1), new Sink(0, BLOCK_BYTES), in(5)))
                        .isInstanceOfSatisfying(
                                NodeAnswer.Lost.class,
                                lost -> assertThat(lost.cause()).isInstanceOf(NodeSilentException.class));
            }
        }
    }

    @Test
    void heartbeatsKeepASlowAnswerAliveUpToTheDeadlineWithoutBlame() throws IOException {
        ScriptedNode.Script slow = (request, exchange) -> {
            while (true) {
                exchange.extent(Answer.Source.NONE, block, 0, 0);
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
        };
        try (var node = new ScriptedNode(slow);
                var connections = connectionsTo(node)) {
            long deadline = System.nanoTime() + Duration.ofMillis(900).toNanos();
            NodeAnswer answer = connections.ask(read(0, BLOCK_BYTES, 1), new Sink(0, BLOCK_BYTES), deadline);
            assertThat(System.nanoTime()).isGreaterThan(deadline);
            assertThat(answer)
                    .isInstanceOfSatisfying(
                            NodeAnswer.Lost.class,
                            lost -> assertThat(lost.cause()).isInstanceOf(LateAnswerException.class));
            assertThat(connections.isReachable()).isTrue();
        }
    }

    @Test
    void anotherNodeAtTheAddressIsNotAsked() throws IOException {
        try (var node = new ScriptedNode(this::answerWhole);
                var connections = new NodeConnections(
                        new NodeEndpoint(UUID.randomUUID(), "127.0.0.1", node.port(), ""), asker(), SETTINGS, watch)) {
            assertThat(connections.ask(read(0, BLOCK_BYTES, 1), new Sink(0, BLOCK_BYTES), in(5)))
                    .isInstanceOf(NodeAnswer.Lost.class);
            assertThat(node.requests()).isEmpty();
        }
    }

    @Test
    void connectionsOverTheLimitWaitAndThenSaySo() throws Exception {
        var asked = new AtomicInteger();
        ScriptedNode.Script holding = (request, exchange) -> {
            asked.incrementAndGet();
            while (asked.get() < 100) {
                exchange.extent(Answer.Source.NONE, block, 0, 0);
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
            exchange.end(Answer.Status.MISS, Answer.Source.NONE, 1);
        };
        try (var node = new ScriptedNode(holding);
                var connections = connectionsTo(node)) {
            Thread[] holders = new Thread[SETTINGS.connectionsPerNode()];
            for (int i = 0; i < holders.length; i++) {
                holders[i] =
                        Thread.ofPlatform().start(() -> connections.ask(read(0, UNIT, 1), new Sink(0, UNIT), in(30)));
            }
            await(() -> asked.get() == holders.length);
            assertThat(connections.ask(read(0, UNIT, 1), new Sink(0, UNIT), in(1)))
                    .isInstanceOf(NodeAnswer.NotAsked.class);
            asked.set(100);
            for (Thread holder : holders) {
                assertThat(holder.join(Duration.ofSeconds(10))).isTrue();
            }
        }
    }

    @Test
    void anOfferIsSentOnlyToANodeThatWantsIt() throws IOException {
        ScriptedNode.Script wanting = (request, exchange) -> {
            exchange.end(Answer.Status.MISS, Answer.Source.NONE, 1);
            boolean equal = Arrays.equals(exchange.offered(), block);
            exchange.end(equal ? Answer.Status.OK : Answer.Status.BAD_REQUEST, Answer.Source.NONE, 1);
        };
        ScriptedNode.Script having = (request, exchange) -> exchange.end(Answer.Status.OK, Answer.Source.NONE, 1);
        for (ScriptedNode.Script script : new ScriptedNode.Script[] {wanting, having}) {
            try (var node = new ScriptedNode(script);
                    var arena = Arena.ofShared();
                    var connections = connectionsTo(node)) {
                MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, block);
                var offer = new Ask.Request(Ask.Op.OFFER, 0, 1, 1000, key(), 0, BLOCK_BYTES, 0, "");
                for (int i = 0; i < 3; i++) {
                    assertThat(connections.offer(offer, bytes, BlockChecksums.of(bytes), in(5)))
                            .isInstanceOfSatisfying(
                                    NodeAnswer.Ended.class,
                                    ended -> assertThat(ended.end().status()).isEqualTo(Answer.Status.OK));
                }
                assertThat(node.connectionCount()).isEqualTo(1);
            }
        }
    }

    private void answerWhole(Ask.Request request, ScriptedNode.Exchange exchange) throws IOException {
        exchange.extent(Answer.Source.MEMORY, block, 0, BLOCK_BYTES);
        exchange.end(Answer.Status.OK, Answer.Source.MEMORY, 1);
    }

    private NodeConnections connectionsTo(ScriptedNode node) {
        return new NodeConnections(node.endpoint(), asker(), SETTINGS, watch);
    }

    private static NodeConnections.Asker asker() {
        return new NodeConnections.Asker("train", Hello.Role.CLIENT, UUID.randomUUID());
    }

    private static Ask.Request read(int offset, int length, long epoch) {
        return new Ask.Request(Ask.Op.READ, 0, epoch, 5000, key(), offset, length, 0, "");
    }

    private static BlockKey key() {
        return new BlockKey.Slice(1, 0, 1, 0, BLOCK_BYTES, BlockKey.Form.PLAIN);
    }

    private static long in(int seconds) {
        return System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    }

    private static void await(BooleanSupplier condition) {
        long deadline = in(10);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    /** Takes each unit into its own memory, as a reader of an unaligned range does at its ends. */
    private static final class Sink implements BlockSink {
        private final int offset;
        private final MemorySegment[] units;
        private int arrivedTo;

        Sink(int offset, int length) {
            this.offset = offset;
            this.arrivedTo = offset;
            units = new MemorySegment[BlockChecksums.unitCount(length)];
            for (int i = 0; i < units.length; i++) {
                units[i] = Arena.ofAuto().allocate(Math.min(UNIT, length - i * UNIT));
            }
        }

        @Override
        public MemorySegment room(int at, int length) {
            MemorySegment unit = units[(at - offset) / UNIT];
            int within = (at - offset) % UNIT;
            return unit.asSlice(within, Math.min(length, unit.byteSize() - within));
        }

        @Override
        public void arrived(int at, int length, Extent extent) {
            assertThat(at).isEqualTo(arrivedTo);
            arrivedTo += length;
        }

        byte[] bytes() {
            int total = Arrays.stream(units).mapToInt(u -> (int) u.byteSize()).sum();
            byte[] all = new byte[total];
            for (int i = 0; i < units.length; i++) {
                MemorySegment.copy(units[i], ValueLayout.JAVA_BYTE, 0, all, i * UNIT, (int) units[i].byteSize());
            }
            return all;
        }
    }
}
