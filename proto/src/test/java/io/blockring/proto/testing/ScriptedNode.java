package io.blockring.proto.testing;

import io.blockring.block.BlockChecksums;
import io.blockring.proto.asking.NodeEndpoint;
import io.blockring.proto.blockprotocol.Answer;
import io.blockring.proto.blockprotocol.Ask;
import io.blockring.proto.blockprotocol.Authentication;
import io.blockring.proto.blockprotocol.BlockProtocol;
import io.blockring.proto.blockprotocol.Extent;
import io.blockring.proto.blockprotocol.Frames;
import io.blockring.proto.blockprotocol.Greeting;
import io.blockring.proto.blockprotocol.Hello;
import io.blockring.proto.blockprotocol.Nonce;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A listener on loopback that speaks the block protocol and answers each request as its script says. */
public final class ScriptedNode implements AutoCloseable {
    /** What the node does with a request; an exception closes the connection. */
    @FunctionalInterface
    public interface Script {
        void answer(Ask.Request request, Exchange exchange) throws Exception;
    }

    public final UUID id = UUID.randomUUID();
    private final ServerSocketChannel listener;
    private final Script script;
    private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
    private final List<Ask.Request> requests = new CopyOnWriteArrayList<>();
    private volatile boolean greets = true;
    private final AtomicInteger connectionCount = new AtomicInteger();

    public ScriptedNode(Script script) throws IOException {
        this(script, 0);
    }

    public ScriptedNode(Script script, int port) throws IOException {
        this.script = script;
        listener = ServerSocketChannel.open();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        Thread.ofVirtual().start(this::accept);
    }

    public int port() {
        return listener.socket().getLocalPort();
    }

    public NodeEndpoint endpoint() {
        return new NodeEndpoint(id, "127.0.0.1", port(), "");
    }

    /** All requests so far, on all connections. */
    public List<Ask.Request> requests() {
        return List.copyOf(requests);
    }

    public int connectionCount() {
        return connectionCount.get();
    }

    /** From now on new connections are accepted, and nothing is said on them: a stopped process. */
    public void stopGreeting() {
        greets = false;
    }

    public void greetAgain() {
        greets = true;
    }

    /** Ends all connections, as a process that is killed does; new ones are still accepted. */
    public void dropConnections() throws IOException {
        for (SocketChannel connection : connections) {
            connection.close();
        }
        connections.clear();
    }

    private void accept() {
        while (listener.isOpen()) {
            try {
                SocketChannel connection = listener.accept();
                connection.setOption(StandardSocketOptions.TCP_NODELAY, true);
                connectionCount.incrementAndGet();
                connections.add(connection);
                Thread.ofVirtual().start(() -> serve(connection));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(SocketChannel channel) {
        try (channel) {
            Hello hello = Frames.decodeHello(header(channel));
            if (!greets) {
                channel.read(ByteBuffer.allocate(1));
                return;
            }
            var exchange = new Exchange(channel);
            exchange.send(out -> Frames.encode(
                    new Greeting.Welcome(
                            BlockProtocol.commonVersion(hello.lowestVersion(), hello.highestVersion()),
                            Authentication.OPEN,
                            BlockProtocol.FEATURES & hello.features(),
                            id,
                            new Nonce(1, 2),
                            1),
                    out));
            while (true) {
                if (Frames.decodeAsk(header(channel)) instanceof Ask.Request request) {
                    requests.add(request);
                    script.answer(request, exchange);
                }
            }
        } catch (Exception e) {
            // The other end left, or the script says so.
            connections.remove(channel);
        }
    }

    private static ByteBuffer header(SocketChannel channel) throws IOException {
        ByteBuffer prefix = ByteBuffer.allocate(2);
        readFully(channel, prefix);
        int length = Frames.headerBytes(prefix.flip());
        ByteBuffer header = ByteBuffer.allocate(length).put(prefix);
        readFully(channel, header);
        return header.flip();
    }

    private static void readFully(SocketChannel channel, ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into) < 0) {
                throw new EOFException();
            }
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        dropConnections();
    }

    /** The node's end of one connection. */
    public static final class Exchange {
        private final SocketChannel channel;

        private Exchange(SocketChannel channel) {
            this.channel = channel;
        }

        /** Encodes a frame. */
        @FunctionalInterface
        public interface Encoding {
            void into(ByteBuffer out);
        }

        public void send(Encoding frame) throws IOException {
            ByteBuffer out = ByteBuffer.allocate(BlockProtocol.MAX_HEADER_BYTES);
            frame.into(out);
            sendBytes(out.flip());
        }

        public void sendBytes(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        /** Sends bytes {@code from} to {@code to} of {@code block} as one extent. */
        public void extent(Answer.Source source, byte[] block, int from, int to) throws IOException {
            extentHeader(source, block, from, to);
            sendBytes(ByteBuffer.wrap(block, from, to - from));
        }

        /** Announces bytes that the script then sends, or not. */
        public void extentHeader(Answer.Source source, byte[] block, int from, int to) throws IOException {
            int[] checksums = BlockChecksums.of(MemorySegment.ofArray(block));
            send(out -> Frames.encode(Extent.ofBlock(5, source, from, to - from, checksums), out));
        }

        public void end(Answer.Status status, Answer.Source source, long epoch) throws IOException {
            send(out -> Frames.encode(new Answer.End(status, source, epoch, 1, 0, ""), out));
        }

        /** Reads the extent that an OFFER brings. */
        public byte[] offered() throws IOException {
            var extent = (Extent) Frames.decodeAnswer(header(channel));
            ByteBuffer body = ByteBuffer.allocate(extent.length());
            readFully(channel, body);
            return Arrays.copyOf(body.array(), extent.length());
        }
    }
}
