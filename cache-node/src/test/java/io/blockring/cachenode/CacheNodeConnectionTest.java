package io.blockring.cachenode;

import static io.blockring.cachenode.CacheNodeReadTest.assertStatus;
import static io.blockring.cachenode.TestNode.BLOCK_BYTES;
import static io.blockring.cachenode.TestNode.await;
import static io.blockring.cachenode.TestNode.in;
import static io.blockring.cachenode.TestNode.key;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.blockring.block.BlockChecksums;
import io.blockring.blockstore.BlockStoreSettings;
import io.blockring.blockstore.CacheDirectory;
import io.blockring.proto.asking.AskingSettings;
import io.blockring.proto.asking.ConnectionWatch;
import io.blockring.proto.asking.NodeConnections;
import io.blockring.proto.asking.NodeEndpoint;
import io.blockring.proto.blockprotocol.Answer;
import io.blockring.proto.blockprotocol.Answer.Source;
import io.blockring.proto.blockprotocol.Answer.Status;
import io.blockring.proto.blockprotocol.Ask;
import io.blockring.proto.blockprotocol.Authentication;
import io.blockring.proto.blockprotocol.BlockProtocol;
import io.blockring.proto.blockprotocol.Extent;
import io.blockring.proto.blockprotocol.Frames;
import io.blockring.proto.blockprotocol.Greeting;
import io.blockring.proto.blockprotocol.Hello;
import io.blockring.proto.blockprotocol.Nonce;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheNodeConnectionTest {
    @TempDir
    Path directory;

    @Test
    void whoeverDoesNotBelongHereIsToldWhy() throws IOException {
        try (var node = new TestNode(directory)) {
            assertThat(refusal(node, hello(1, 1, Authentication.OPEN, "other"))).isEqualTo(Greeting.Reason.OTHER_GROUP);
            assertThat(refusal(node, hello(200, 255, Authentication.OPEN, "train")))
                    .isEqualTo(Greeting.Reason.VERSION);
            assertThat(refusal(node, hello(1, 1, Authentication.GROUP_SECRET, "train")))
                    .isEqualTo(Greeting.Reason.AUTHENTICATION);
            assertThat(node.node.counters()).containsEntry("refused_connections", 3L);
        }
    }

    /** The bytes that a client of version 1 sends stand here as they were recorded; a node of today understands them. */
    @Test
    void aClientOfVersionOneIsServedForGood() throws IOException {
        try (var node = new TestNode(directory)) {
            byte[] bytes = node.putObject(node.objects, key(1, 7), 1);
            try (var client = connect(node)) {
                sendHex(
                        client,
                        "003a0101" + "42524e47" + "01" + "01" + "00" + "00" + "0000000000000003"
                                + "0102030405060708090a0b0c0d0e0f10" + "1112131415161718191a1b1c1d1e1f20" + "05"
                                + "747261696e");
                assertThat(Frames.decodeGreeting(header(client))).isInstanceOf(Greeting.Welcome.class);
                sendHex(
                        client,
                        "00420110" + "00000000" + "0000000000000001" + "00007530" + "00000000" + "00008000"
                                + "0000000000000000" + "001a" + "0000"
                                + "01" + "00000001" + "00000001" + "0000000000000007" + "00000000" + "0010004d" + "00");
                var extent = (Extent) Frames.decodeAnswer(header(client));
                ByteBuffer body = readFully(client, extent.length());
                assertThat(body).isEqualTo(ByteBuffer.wrap(bytes, 0, BlockChecksums.UNIT_BYTES));
                assertThat(Frames.decodeAnswer(header(client)))
                        .isEqualTo(new Answer.End(Status.OK, Source.STORE, 1, 1, 0, ""));
            }
        }
    }

    @Test
    void whatALaterClientAddsIsSkippedAndWhatItInventsIsRefusedInStep() throws IOException {
        try (var node = new TestNode(directory)) {
            node.putObject(node.objects, key(1, 7), 1);
            try (var client = connect(node)) {
                ByteBuffer hello = encoded(hello(1, 9, Authentication.OPEN, "train"));
                sendWithTag(client, hello);
                var welcome = (Greeting.Welcome) Frames.decodeGreeting(header(client));
                assertThat(welcome.version()).isEqualTo(BlockProtocol.HIGHEST_VERSION);
                assertThat(welcome.features()).isEqualTo(BlockProtocol.FEATURES);
                ByteBuffer invented = encoded(node.request(Ask.Op.READ, key(1, 7), 0, 0, BLOCK_BYTES, 1000));
                invented.put(3, (byte) 31);
                sendWithTag(client, invented);
                assertThat(((Answer.End) Frames.decodeAnswer(header(client))).status())
                        .isEqualTo(Status.BAD_REQUEST);
                sendWithTag(client, encoded(node.request(Ask.Op.READ, key(1, 7), 1 << 30, 0, BLOCK_BYTES, 5000)));
                assertThat(Frames.decodeAnswer(header(client))).isInstanceOf(Extent.class);
            }
        }
    }

    @Test
    void garbageEndsItsConnectionAndNoOther() throws IOException {
        try (var node = new TestNode(directory)) {
            byte[] bytes = node.putObject(node.objects, key(1, 7), 1);
            try (var http = connect(node)) {
                http.write(ByteBuffer.wrap("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
                assertThat(http.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            }
            try (var client = welcomed(node)) {
                ByteBuffer broken = encoded(node.request(Ask.Op.READ, key(1, 7), 0, 0, BLOCK_BYTES, 1000));
                broken.put(40, (byte) 77);
                client.write(broken);
                assertThat(((Answer.End) Frames.decodeAnswer(header(client))).status())
                        .isEqualTo(Status.BAD_REQUEST);
                assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            }
            var received = new Received();
            assertStatus(node.read(key(1, 7), received), Status.OK);
            assertThat(received.bytes()).isEqualTo(bytes);
        }
    }

    @Test
    void connectionsOverTheLimitAreToldThatTheNodeIsBusy() throws IOException {
        var few = new CacheNodeSettings.Limits(
                2, 3, 100, 8, 64 << 20, Duration.ofSeconds(1), Duration.ofSeconds(20), Duration.ofMinutes(1));
        var open = new ArrayList<SocketChannel>();
        try (var node = new TestNode(directory.resolve("node"), few, diskOnly())) {
            for (int i = 0; i < 3; i++) {
                open.add(welcomed(node));
            }
            assertThat(refusal(node, hello(1, 1, Authentication.OPEN, "train"))).isEqualTo(Greeting.Reason.BUSY);
            open.removeFirst().close();
            await(() -> node.count("connections_open") == 2);
            open.add(welcomed(node));
        } finally {
            for (SocketChannel channel : open) {
                channel.close();
            }
        }
    }

    @Test
    void requestsOverTheLimitOfThoseThatWaitForAThreadAreToldSoAtOnce() throws Exception {
        var one = new CacheNodeSettings.Limits(
                1, 50, 1, 8, 64 << 20, Duration.ofSeconds(1), Duration.ofSeconds(20), Duration.ofMinutes(1));
        var open = new ArrayList<SocketChannel>();
        try (var node = new TestNode(directory.resolve("node"), one, diskOnly())) {
            node.putObject(node.objects, key(1, 7), 1);
            for (int i = 0; i < 5; i++) {
                open.add(welcomed(node));
            }
            var release = new CountDownLatch(1);
            node.viewDelay = release;
            for (SocketChannel channel : open) {
                channel.write(encoded(node.request(Ask.Op.READ, key(1, 7), Ask.NO_FILL, 0, BLOCK_BYTES, 1000)));
            }
            await(() -> node.count("requests_waiting") == 4);
            node.viewDelay = null;
            release.countDown();
            var statuses = new ArrayList<Status>();
            for (SocketChannel channel : open) {
                statuses.add(((Answer.End) Frames.decodeAnswer(header(channel))).status());
            }
            assertThat(statuses).contains(Status.BUSY, Status.MISS).containsOnly(Status.BUSY, Status.MISS);
            assertThat(node.count("busy")).isEqualTo(Collections.frequency(statuses, Status.BUSY));
        } finally {
            for (SocketChannel channel : open) {
                channel.close();
            }
        }
    }

    @Test
    void aReaderThatTakesNothingIsCutOffAndHoldsNoBlock() throws IOException {
        try (var node = new TestNode(directory)) {
            node.putObject(node.objects, key(1, 7), 1);
            node.read(key(1, 7), new Received());
            await(() -> node.blocks.usage().fills() == 1);
            var stuck = new ArrayList<SocketChannel>();
            try {
                for (int i = 0; i < 8; i++) {
                    var channel = SocketChannel.open();
                    stuck.add(channel);
                    channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
                    greet(node, channel);
                    // One block fits into the buffers of a socket; this many do not.
                    for (int request = 0; request < 16; request++) {
                        channel.write(encoded(node.request(Ask.Op.READ, key(1, 7), 0, 0, BLOCK_BYTES, 1000)));
                    }
                }
                // More stuck readers than threads: they do not keep others waiting.
                assertStatus(node.read(key(1, 7), new Received()), Status.OK);
                await(() -> node.count("slow_readers_cut") > 0);
                assertStatus(node.read(key(1, 8), Ask.NO_FILL, new Received(), 0, 1 << 15), Status.MISS);
                node.blocks.evictVolume(1);
            } finally {
                for (SocketChannel channel : stuck) {
                    channel.close();
                }
            }
            await(() -> node.blocks.usage().disk().usedBytes() == 0);
        }
    }

    @Test
    void anOfferedBlockIsKeptAndNeverReplacesOne() throws IOException {
        try (var node = new TestNode(directory);
                var arena = Arena.ofShared()) {
            byte[] written = TestNode.bytesOf(5);
            MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, written);
            var offer = node.request(Ask.Op.OFFER, key(1, 7), 0, 0, BLOCK_BYTES, 1000);
            int[] wrong = BlockChecksums.of(bytes);
            wrong[3]++;
            assertStatus(node.reader.offer(offer, bytes, wrong, in(5)), Status.BAD_REQUEST);
            var check = node.request(Ask.Op.CHECK, key(1, 7), 0, 0, 0, 1000);
            assertStatus(node.reader.ask(check, new Received(), in(5)), Status.MISS);

            assertStatus(node.reader.offer(offer, bytes, BlockChecksums.of(bytes), in(5)), Status.OK);
            assertStatus(node.reader.ask(check, new Received(), in(5)), Status.OK);
            MemorySegment other = arena.allocateFrom(ValueLayout.JAVA_BYTE, TestNode.bytesOf(6));
            assertStatus(node.reader.offer(offer, other, BlockChecksums.of(other), in(5)), Status.OK);
            var received = new Received();
            assertStatus(node.read(key(1, 7), received), Status.OK);
            assertThat(received.bytes()).isEqualTo(written);
            assertThat(received.source()).isEqualTo(Source.DISK);
            assertThat(node.objects.gets).hasValue(0);
            assertThat(node.node.counters())
                    .containsEntry("offers_kept", 1L)
                    .containsEntry("offers_refused", 1L)
                    .containsEntry("fill_bytes_in_flight", 0L);
        }
    }

    @Test
    void anOfferThatBreaksOffLeavesNothing() throws IOException {
        try (var node = new TestNode(directory)) {
            try (var client = welcomed(node)) {
                client.write(encoded(node.request(Ask.Op.OFFER, key(1, 7), 0, 0, BLOCK_BYTES, 1000)));
                assertThat(((Answer.End) Frames.decodeAnswer(header(client))).status())
                        .isEqualTo(Status.MISS);
                int[] checksums = new int[BlockChecksums.unitCount(BLOCK_BYTES)];
                ByteBuffer out = ByteBuffer.allocate(BlockProtocol.MAX_HEADER_BYTES + 1000);
                Frames.encode(Extent.ofBlock(0, Source.NONE, 0, BLOCK_BYTES, checksums), out);
                client.write(out.position(out.position() + 1000).flip());
            }
            await(() -> node.count("fill_bytes_in_flight") == 0);
            assertThat(node.blocks.usage().disk().usedBytes()).isZero();
        }
    }

    @Test
    void theUnixSocketOfANodeOnThisHostIsUsed() throws IOException {
        try (var node = new TestNode(directory);
                var watch = new ConnectionWatch();
                var local = new NodeConnections(
                        // Nothing listens on port 1.
                        new NodeEndpoint(
                                node.node.id(),
                                "127.0.0.1",
                                1,
                                directory.resolve("block.sock").toString()),
                        new NodeConnections.Asker("train", Hello.Role.CLIENT, UUID.randomUUID()),
                        AskingSettings.DEFAULT,
                        watch)) {
            byte[] bytes = node.putObject(node.objects, key(1, 7), 1);
            for (int i = 0; i < 3; i++) {
                var received = new Received();
                assertStatus(
                        local.ask(node.request(Ask.Op.READ, key(1, 7), 0, 0, BLOCK_BYTES, 5000), received, in(10)),
                        Status.OK);
                assertThat(received.bytes()).isEqualTo(bytes);
                await(() -> node.blocks.usage().fills() == 1);
            }
            assertThat(node.node.counters()).containsEntry("sendfile_bytes", 2L * BLOCK_BYTES);
        }
    }

    @Test
    void noBodyIsCopiedToTheHeap() throws IOException {
        var inMemory = new BlockStoreSettings(List.of(), 64 << 20, 0);
        for (BlockStoreSettings settings : List.of(diskOnly(), inMemory)) {
            try (var node =
                    new TestNode(directory.resolve("node" + settings.memoryBytes()), TestNode.LIMITS, settings)) {
                node.putObject(node.objects, key(1, 7), 1);
                node.read(key(1, 7), new Received());
                await(() -> node.blocks.usage().fills() == 1);
                var received = new Received();
                node.read(key(1, 7), received);
                long before = allocatedByServer();
                for (int i = 0; i < 50; i++) {
                    node.read(key(1, 7), received);
                }
                assertThat(allocatedByServer() - before).isLessThan(BLOCK_BYTES);
            }
        }
    }

    @Test
    void aNodeThatJoinsAsksTheEarlierOwnerAndTheStoreForTheRest() throws IOException {
        try (var old = new TestNode(directory.resolve("old"));
                var joining = new TestNode(directory.resolve("new"))) {
            byte[] known = old.putObject(old.objects, key(1, 7), 1);
            byte[] unknown = joining.putObject(joining.objects, key(1, 8), 2);
            old.read(key(1, 7), new Received());
            await(() -> old.blocks.usage().fills() == 1);
            joining.agree(old.view().ring(), old.view().nodes());
            joining.agree(2, List.of(joining, old));
            joining.agree(3, List.of(joining));
            joining.agree(4, List.of(joining, old));
            // Only the node of the ring before is asked: in epoch 3 that was the joining one itself.
            joining.putObject(joining.objects, key(1, 9), 3);
            assertStatus(joining.read(key(1, 9), new Received()), Status.OK);
            assertThat(old.node.counters()).containsEntry("requests", 1L);

            joining.agree(5, List.of(old));
            joining.agree(6, List.of(joining, old));
            var received = new Received();
            assertStatus(joining.read(key(1, 7), received), Status.OK);
            assertThat(received.bytes()).isEqualTo(known);
            assertThat(received.source()).isEqualTo(Source.PEER);
            assertThat(joining.objects.gets).hasValue(1);
            assertStatus(joining.read(key(1, 8), received), Status.OK);
            assertThat(received.bytes()).isEqualTo(unknown);
            assertThat(received.source()).isEqualTo(Source.STORE);
            assertThat(old.objects.gets).as("an earlier owner fetches nothing").hasValue(1);
            assertThat(old.node.counters()).containsEntry("sent_to_nodes_bytes", (long) BLOCK_BYTES);
            assertThat(joining.node.counters()).containsEntry("peer_bytes", (long) BLOCK_BYTES);
        }
    }

    @Test
    void aBlockOfAnotherNodeIsNotFetchedUnlessTheReaderKnowsMore() throws IOException {
        try (var node = new TestNode(directory.resolve("this"));
                var owner = new TestNode(directory.resolve("owner"))) {
            node.putObject(node.objects, key(1, 7), 1);
            node.agree(2, List.of(owner));
            assertStatus(node.read(key(1, 7), new Received()), Status.NOT_OWNER);
            var newer = new Ask.Request(Ask.Op.READ, 0, 3, 5000, key(1, 7), 0, BLOCK_BYTES, 0, "");
            assertStatus(node.reader.ask(newer, new Received(), in(10)), Status.OK);
            assertStatus(node.read(key(1, 7), new Received()), Status.OK);
        }
    }

    private BlockStoreSettings diskOnly() {
        return new BlockStoreSettings(List.of(new CacheDirectory(directory.resolve("cache"), 256 << 20)), 0, 64 << 20);
    }

    private static long allocatedByServer() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return Stream.of(threads.dumpAllThreads(false, false))
                .filter(thread -> thread.getThreadName().startsWith("block-server-"))
                .mapToLong(thread -> threads.getThreadAllocatedBytes(thread.getThreadId()))
                .sum();
    }

    private static Hello hello(int lowest, int highest, Authentication authentication, String group) {
        return new Hello(
                lowest, highest, authentication, Hello.Role.CLIENT, -1L, UUID.randomUUID(), new Nonce(1, 2), group);
    }

    private static Greeting.Reason refusal(TestNode node, Hello hello) throws IOException {
        try (var client = connect(node)) {
            client.write(encoded(hello));
            var refused = (Greeting.Refused) Frames.decodeGreeting(header(client));
            assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            return refused.reason();
        }
    }

    private static SocketChannel connect(TestNode node) throws IOException {
        return SocketChannel.open(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), node.endpoint().port()));
    }

    private static SocketChannel welcomed(TestNode node) throws IOException {
        var channel = SocketChannel.open();
        greet(node, channel);
        return channel;
    }

    private static void greet(TestNode node, SocketChannel channel) throws IOException {
        channel.connect(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), node.endpoint().port()));
        channel.write(encoded(hello(1, 1, Authentication.OPEN, "train")));
        assertThat(Frames.decodeGreeting(header(channel))).isInstanceOf(Greeting.Welcome.class);
    }

    private static ByteBuffer encoded(Hello hello) {
        ByteBuffer out = ByteBuffer.allocate(BlockProtocol.MAX_HEADER_BYTES);
        Frames.encode(hello, out);
        return out.flip();
    }

    private static ByteBuffer encoded(Ask.Request request) {
        ByteBuffer out = ByteBuffer.allocate(BlockProtocol.MAX_HEADER_BYTES);
        Frames.encode(request, out);
        return out.flip();
    }

    /** Sends a frame with a tag behind it that nobody knows. */
    private static void sendWithTag(SocketChannel channel, ByteBuffer frame) throws IOException {
        int length = frame.remaining() + 7;
        ByteBuffer out = ByteBuffer.allocate(length);
        out.put(frame).putShort((short) 999).putShort((short) 3).put(new byte[3]);
        channel.write(out.putShort(0, (short) length).flip());
    }

    private static void sendHex(SocketChannel channel, String hex) throws IOException {
        channel.write(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
    }

    private static ByteBuffer header(SocketChannel channel) throws IOException {
        ByteBuffer prefix = readFully(channel, 2);
        int length = Frames.headerBytes(prefix);
        ByteBuffer header = ByteBuffer.allocate(length).put(prefix);
        return header.put(readFully(channel, length - 2)).flip();
    }

    private static ByteBuffer readFully(SocketChannel channel, int bytes) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(bytes);
        while (into.hasRemaining()) {
            assertThat(channel.read(into)).isPositive();
        }
        return into.flip();
    }
}
