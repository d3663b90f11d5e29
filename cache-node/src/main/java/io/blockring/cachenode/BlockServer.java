package io.blockring.cachenode;

import io.blockring.blockstore.StoredBlock;
import io.blockring.cachenode.NodeCounters.Count;
import io.blockring.proto.blockprotocol.Ask;
import io.blockring.proto.blockprotocol.Authentication;
import io.blockring.proto.blockprotocol.BlockProtocol;
import io.blockring.proto.blockprotocol.Greeting;
import io.blockring.proto.blockprotocol.Hello;
import io.blockring.proto.blockprotocol.Nonce;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for the block protocol, on TCP and on a Unix socket.
 *
 * <p>One thread lets connections in, wakes those for which a time has come and looks after threads whose turn lasts; a
 * few {@link ServerThreads} run them.
 * None is ever interrupted: that would close the files it sends from.
 */
final class BlockServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BlockServer.class);
    private static final Duration ROUND = Duration.ofMillis(100);
    private static final Duration BUSY_ROUND = Duration.ofMillis(5);
    /** How long the pages of a block may be on their way after its connection was closed. */
    private static final Duration QUARANTINE = Duration.ofSeconds(2);
    /** So many more than the limit are let in to be told that they are too many. */
    private static final int TURNED_AWAY_AT_ONCE = 64;

    /** Asked for, as a Unix socket's buffer does not grow by itself; the kernel gives at most net.core.wmem_max. */
    private static final int UNIX_SEND_BYTES = 4 << 20;

    private static final int BACKLOG = 1024;
    private static final int CLOSE_SECONDS = 10;
    private static final Duration CLOSE_POLL = Duration.ofMillis(1);
    private static final SecureRandom NONCES = new SecureRandom();

    private record Quarantined(StoredBlock block, long untilNanos) {}

    private final String group;
    private final UUID nodeId;
    private final CacheNodeSettings.Limits limits;
    private final BlockDesk desk;
    private final Selector selector;
    private final ServerSocketChannel tcp;
    private final @Nullable ServerSocketChannel unix;
    private final @Nullable Path unixPath;
    private final ServerThreads threads;
    private final Set<ServedConnection> connections = ConcurrentHashMap.newKeySet();
    private final Deque<Quarantined> quarantine = new ArrayDeque<>();
    private final Thread waiter;
    private volatile boolean closed;

    BlockServer(CacheNodeSettings settings, UUID nodeId, BlockDesk desk) throws IOException {
        this.group = settings.group();
        this.nodeId = nodeId;
        this.limits = settings.limits();
        this.desk = desk;
        CacheNodeSettings.Listen listen = settings.listen();
        selector = Selector.open();
        tcp = ServerSocketChannel.open();
        tcp.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        tcp.bind(new InetSocketAddress(listen.host(), listen.blockPort()), BACKLOG);
        unixPath = listen.blockSocket().isEmpty() ? null : Path.of(listen.blockSocket());
        unix = unixPath == null ? null : listenOn(unixPath);
        threads = new ServerThreads(limits.serverThreads());
        waiter = Thread.ofPlatform().name("block-waiter").unstarted(this::run);
    }

    /** A socket file of a process that died is in the way: nobody else uses a node's directory. */
    private static ServerSocketChannel listenOn(Path path) throws IOException {
        Files.deleteIfExists(path);
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        channel.bind(UnixDomainSocketAddress.of(path), BACKLOG);
        return channel;
    }

    void start() throws IOException {
        for (ServerSocketChannel listener :
                unix == null ? new ServerSocketChannel[] {tcp} : new ServerSocketChannel[] {tcp, unix}) {
            listener.configureBlocking(false);
            listener.register(selector, SelectionKey.OP_ACCEPT);
        }
        threads.start();
        waiter.start();
    }

    int port() {
        return tcp.socket().getLocalPort();
    }

    /** Where connections are run. */
    ServerThreads threads() {
        return threads;
    }

    int connectionCount() {
        return connections.size();
    }

    boolean isClosed() {
        return closed;
    }

    /** Whether too many requests wait for a thread. */
    boolean isOverloaded() {
        return threads.waiting() > limits.queuedRequests();
    }

    long slowReaderNanos() {
        return limits.slowReader().toNanos();
    }

    /** Until when a request may wait for a fill. */
    long deadlineNanos(Ask.Request request) {
        long own = limits.fillDeadline().toMillis();
        long millis = request.deadlineMillis() == 0 ? own : Math.min(own, request.deadlineMillis());
        return System.nanoTime() + Duration.ofMillis(millis).toNanos();
    }

    Greeting greet(Hello hello, ServedConnection connection) {
        int version = BlockProtocol.commonVersion(hello.lowestVersion(), hello.highestVersion());
        if (version == 0) {
            return refused(Greeting.Reason.VERSION, "this node speaks other versions");
        } else if (!hello.group().equals(group)) {
            return refused(Greeting.Reason.OTHER_GROUP, "this node is of group " + group);
        } else if (hello.authentication() != Authentication.OPEN) {
            return refused(Greeting.Reason.AUTHENTICATION, hello.authentication() + " is not spoken here");
        } else if (connections.size() > limits.connections()) {
            log.debug("turned away: {}", connection);
            return refused(Greeting.Reason.BUSY, "this node has as many connections as it may have");
        }
        desk.counters().increment(Count.CONNECTIONS);
        return new Greeting.Welcome(
                version,
                Authentication.OPEN,
                hello.features() & BlockProtocol.FEATURES,
                nodeId,
                new Nonce(NONCES.nextLong(), NONCES.nextLong()),
                desk.epoch());
    }

    private Greeting refused(Greeting.Reason reason, String text) {
        desk.counters().increment(Count.REFUSED_CONNECTIONS);
        return new Greeting.Refused(reason, BlockProtocol.LOWEST_VERSION, BlockProtocol.HIGHEST_VERSION, text);
    }

    /** Forgets a connection and closes its socket; the block it last sent stays where it is for a while. */
    void closed(ServedConnection connection, @Nullable StoredBlock block) {
        connections.remove(connection);
        if (block != null) {
            synchronized (quarantine) {
                quarantine.add(new Quarantined(block, System.nanoTime() + QUARANTINE.toNanos()));
            }
        }
        try (SocketChannel channel = connection.channel()) {
            if (block != null && channel.getLocalAddress() instanceof InetSocketAddress) {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
        } catch (IOException e) {
            log.debug("a connection could not be closed well", e);
        }
    }

    private void run() {
        long nextRound = System.nanoTime();
        boolean busy = false;
        while (!closed) {
            try {
                selector.select(this::ready, (busy ? BUSY_ROUND : ROUND).toMillis());
            } catch (IOException e) {
                log.error("waiting for connections failed", e);
                LockSupport.parkNanos(ROUND.toNanos());
            }
            long now = System.nanoTime();
            busy = threads.relieve(now);
            if (now - nextRound >= 0) {
                nextRound = now + ROUND.toNanos();
                connections.forEach(connection -> connection.wakeIfDue(now));
                endQuarantine(now);
            }
        }
    }

    private void ready(SelectionKey key) {
        try {
            if (key.channel() instanceof ServerSocketChannel listener) {
                accept(listener);
            }
        } catch (IOException e) {
            log.warn("a connection could not be accepted", e);
            LockSupport.parkNanos(ROUND.toNanos());
        }
    }

    private void accept(ServerSocketChannel listener) throws IOException {
        SocketChannel channel = listener.accept();
        if (channel == null) {
            return;
        }
        if (connections.size() >= limits.connections() + TURNED_AWAY_AT_ONCE) {
            channel.close();
            return;
        }
        try {
            channel.configureBlocking(false);
            if (listener.equals(tcp)) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            } else {
                channel.setOption(StandardSocketOptions.SO_SNDBUF, UNIX_SEND_BYTES);
            }
            var connection = new ServedConnection(this, desk, channel);
            connections.add(connection);
            connection.wake();
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private void endQuarantine(long nowNanos) {
        while (true) {
            Quarantined first;
            synchronized (quarantine) {
                first = quarantine.peekFirst();
                if (first == null || nowNanos - first.untilNanos < 0) {
                    return;
                }
                quarantine.removeFirst();
            }
            first.block.close();
        }
    }

    /** Ends all connections; readers take it for a node that was lost, and go elsewhere. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        selector.wakeup();
        try {
            if (waiter.getState() != Thread.State.NEW) { // else it was never started
                waiter.join(Duration.ofSeconds(CLOSE_SECONDS));
            }
            endConnections();
            if (!threads.end(Duration.ofSeconds(CLOSE_SECONDS))) {
                log.warn("requests are still being served after {} seconds", CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        endQuarantine(System.nanoTime() + QUARANTINE.toNanos());
        closeAll();
    }

    private void endConnections() {
        long deadline = System.nanoTime() + Duration.ofSeconds(CLOSE_SECONDS).toNanos();
        connections.forEach(ServedConnection::wake);
        while (!connections.isEmpty() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(CLOSE_POLL.toNanos());
        }
    }

    private void closeAll() {
        try (selector;
                tcp;
                unix) {
            if (unixPath != null) {
                Files.deleteIfExists(unixPath);
            }
        } catch (IOException e) {
            log.warn("the listeners could not be closed well", e);
        }
    }
}
