package io.blockring.proto.asking;

import io.blockring.proto.blockprotocol.Answer;
import io.blockring.proto.blockprotocol.Ask;
import io.blockring.proto.blockprotocol.Authentication;
import io.blockring.proto.blockprotocol.BlockProtocol;
import io.blockring.proto.blockprotocol.Greeting;
import io.blockring.proto.blockprotocol.Hello;
import io.blockring.proto.blockprotocol.Nonce;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All connections of this process to one node, and whether it is worth asking it.
 *
 * <p>A connection carries one request at a time; the one used last is used next. While the node is on this host its
 * Unix socket is taken. A node that is lost or silent is left alone until a probe has reached it. Safe for use by many
 * threads.
 */
public final class NodeConnections implements AutoCloseable {
    /** Who this process is to the nodes. */
    public record Asker(String group, Hello.Role role, UUID id) {}

    private static final Logger log = LoggerFactory.getLogger(NodeConnections.class);
    private static final SecureRandom NONCES = new SecureRandom();

    private final NodeEndpoint endpoint;
    private final Asker asker;
    private final AskingSettings settings;
    private final ConnectionWatch watch;
    private final Breaker breaker;
    private final Semaphore permits;
    private final Deque<BlockConnection> idle = new ArrayDeque<>();
    private volatile boolean closed;

    public NodeConnections(NodeEndpoint endpoint, Asker asker, AskingSettings settings, ConnectionWatch watch) {
        this.endpoint = endpoint;
        this.asker = asker;
        this.settings = settings;
        this.watch = watch;
        this.breaker = new Breaker(settings, new SecureRandom());
        this.permits = new Semaphore(settings.connectionsPerNode());
    }

    public NodeEndpoint endpoint() {
        return endpoint;
    }

    /** Whether the node is worth asking. */
    public boolean isReachable() {
        return !breaker.isOpen();
    }

    /** Asks for bytes of a block (READ), or whether it is there (CHECK). */
    public NodeAnswer ask(Ask.Request request, BlockSink sink, long deadlineNanos) {
        return exchange(connection -> connection.ask(request, sink, deadlineNanos, settings.silence()), deadlineNanos);
    }

    /** Offers a block that was just written; it is sent only when the node wants it. */
    public NodeAnswer offer(Ask.Request request, MemorySegment bytes, int[] checksums, long deadlineNanos) {
        return exchange(
                connection -> new NodeAnswer.Ended(
                        connection.offer(request, bytes, checksums, deadlineNanos, settings.silence()),
                        NodeAnswer.Ended.NONE_BAD),
                deadlineNanos);
    }

    private interface Exchange {
        NodeAnswer.Ended on(BlockConnection connection) throws IOException;
    }

    private NodeAnswer exchange(Exchange exchange, long deadlineNanos) {
        if (closed || breaker.isOpen()) {
            return new NodeAnswer.NotAsked("node " + endpoint.nodeId() + " is left alone for now");
        }
        try {
            if (!permits.tryAcquire(
                    Math.clamp(
                            deadlineNanos - System.nanoTime(),
                            0,
                            settings.silence().toNanos()),
                    TimeUnit.NANOSECONDS)) {
                return new NodeAnswer.NotAsked("all connections to node " + endpoint.nodeId() + " are in use");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new NodeAnswer.NotAsked("interrupted");
        }
        try {
            return exchangeWithPermit(exchange);
        } finally {
            permits.release();
        }
    }

    private NodeAnswer exchangeWithPermit(Exchange exchange) {
        BlockConnection used = takeIdle();
        if (used != null) {
            try {
                return finished(exchange.on(used), used);
            } catch (IOException e) {
                boolean heard = used.heardOfAnswer();
                used.close();
                if (heard || e instanceof NodeSilentException || e instanceof LateAnswerException) {
                    return lost(e);
                }
                // The node was restarted, or tired of the idle connection: a new one tells which.
                closeIdle();
            }
        }
        BlockConnection fresh;
        try {
            fresh = connect();
        } catch (RefusedException e) {
            return e.reason() == Greeting.Reason.BUSY ? busy() : lost(e);
        } catch (IOException e) {
            return lost(e);
        }
        try {
            return finished(exchange.on(fresh), fresh);
        } catch (IOException e) {
            fresh.close();
            return lost(e);
        }
    }

    private NodeAnswer finished(NodeAnswer.Ended answer, BlockConnection connection) {
        breaker.answered();
        giveBack(connection);
        return answer;
    }

    private NodeAnswer busy() {
        breaker.answered();
        var end = new Answer.End(Answer.Status.BUSY, Answer.Source.NONE, 0, 0, 0, "too many connections");
        return new NodeAnswer.Ended(end, NodeAnswer.Ended.NONE_BAD);
    }

    private NodeAnswer lost(IOException e) {
        if (e instanceof LateAnswerException || e instanceof ClosedByInterruptException) {
            return new NodeAnswer.Lost(e);
        }
        closeIdle();
        if (breaker.failed(e instanceof NodeSilentException)) {
            log.info("node {} is left alone until it answers again: {}", endpoint, e.toString());
            Thread.ofVirtual().name("block-probe-" + endpoint.nodeId()).start(this::probeUntilReached);
        }
        return new NodeAnswer.Lost(e);
    }

    private void probeUntilReached() {
        while (!closed && breaker.isOpen()) {
            try {
                Thread.sleep(breaker.probeDelay());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            try {
                giveBack(connect());
                breaker.probeSucceeded();
                log.info("node {} can be reached again", endpoint);
            } catch (IOException e) {
                log.debug("node {} still cannot be reached", endpoint, e);
                breaker.probeFailed();
            }
        }
    }

    private BlockConnection connect() throws IOException {
        var nonce = new Nonce(NONCES.nextLong(), NONCES.nextLong());
        var hello = new Hello(
                BlockProtocol.LOWEST_VERSION,
                BlockProtocol.HIGHEST_VERSION,
                Authentication.OPEN,
                asker.role(),
                BlockProtocol.FEATURES,
                asker.id(),
                nonce,
                asker.group());
        if (!endpoint.socket().isEmpty() && Files.exists(Path.of(endpoint.socket()))) {
            try {
                SocketAddress socket = UnixDomainSocketAddress.of(endpoint.socket());
                return BlockConnection.open(socket, endpoint, hello, watch, settings.connectTimeout());
            } catch (NodeSilentException | RefusedException e) {
                throw e;
            } catch (IOException e) {
                log.debug("the socket of node {} is not for us, trying TCP", endpoint, e);
            }
        }
        var address = new InetSocketAddress(endpoint.host(), endpoint.port());
        if (address.isUnresolved()) {
            throw new IOException("unknown host " + endpoint.host());
        }
        return BlockConnection.open(address, endpoint, hello, watch, settings.connectTimeout());
    }

    private @Nullable BlockConnection takeIdle() {
        synchronized (idle) {
            return idle.pollFirst();
        }
    }

    private void giveBack(BlockConnection connection) {
        synchronized (idle) {
            if (!closed && idle.size() < settings.connectionsPerNode()) {
                idle.addFirst(connection);
                return;
            }
        }
        connection.close();
    }

    private void closeIdle() {
        synchronized (idle) {
            idle.forEach(BlockConnection::close);
            idle.clear();
        }
    }

    /** Closes idle connections; those in use end with their requests. */
    @Override
    public void close() {
        closed = true;
        closeIdle();
    }
}
