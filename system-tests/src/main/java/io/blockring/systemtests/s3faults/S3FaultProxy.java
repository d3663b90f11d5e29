package io.blockring.systemtests.s3faults;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small HTTP proxy on loopback in front of an S3 endpoint; what goes wrong can be changed while it runs.
 *
 * <p>Heads are passed on byte for byte, with the client's {@code Host}: signatures cover it, and the servers check it
 * as text only.
 */
public final class S3FaultProxy implements AutoCloseable {
    /** A fault that stays until {@link #heal}. */
    public static final int ALWAYS = Integer.MAX_VALUE;

    private static final Logger LOG = LoggerFactory.getLogger(S3FaultProxy.class);
    private static final int BACKLOG = 200;
    private static final Duration LONGEST_HOLD = Duration.ofMinutes(3);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);

    /** A fault that was asked for; it says how often it has happened. */
    public static final class Injected {
        private final Fault.Match match;
        private final Fault fault;
        private final int times;
        private final BooleanSupplier dice;
        private final AtomicInteger happened = new AtomicInteger();

        private Injected(Fault.Match match, Fault fault, int times, BooleanSupplier dice) {
            this.match = match;
            this.fault = fault;
            this.times = times;
            this.dice = dice;
        }

        /** How many requests it met. */
        public int happened() {
            return Math.min(times, happened.get());
        }

        private boolean meets(HttpHead request) {
            return match.matches(request)
                    && happened.get() < times
                    && dice.getAsBoolean()
                    && happened.getAndIncrement() < times;
        }
    }

    private final InetSocketAddress backend;
    private final int port;
    private final Set<ProxyConnection> connections = ConcurrentHashMap.newKeySet();
    private volatile List<Injected> faults = List.of();
    private volatile long bytesPerSecond = Long.MAX_VALUE;
    private @Nullable ServerSocket listener; // guarded by this
    private @Nullable Thread acceptor; // guarded by this
    private long paidUntilNanos; // guarded by this

    private S3FaultProxy(InetSocketAddress backend, ServerSocket listener) {
        this.backend = backend;
        this.port = listener.getLocalPort();
        this.listener = listener;
    }

    /** Starts a proxy without faults on a port that is free. */
    public static S3FaultProxy start(URI endpoint) throws IOException {
        var proxy = new S3FaultProxy(new InetSocketAddress(endpoint.getHost(), endpoint.getPort()), listen(0));
        proxy.accept();
        return proxy;
    }

    /** Where clients find it. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** The next {@code times} requests that match meet that fault; of several, the oldest that matches. */
    public Injected inject(Fault.Match match, int times, Fault fault) {
        return add(new Injected(match, fault, times, () -> true));
    }

    /** Until {@link #heal}, requests that match meet that fault in {@code percent} of 100 cases. */
    public Injected injectSometimes(Fault.Match match, int percent, Random random, Fault fault) {
        return add(new Injected(match, fault, ALWAYS, () -> random.nextInt(100) < percent));
    }

    private synchronized Injected add(Injected injected) {
        var all = new ArrayList<>(faults);
        all.add(injected);
        faults = List.copyOf(all);
        return injected;
    }

    /** All bodies together pass no faster from now on. */
    public void limitTo(long newBytesPerSecond) {
        bytesPerSecond = newBytesPerSecond;
    }

    /** Nothing goes wrong from now on; what hangs already goes on hanging. */
    public synchronized void heal() {
        faults = List.of();
        bytesPerSecond = Long.MAX_VALUE;
    }

    /** Cuts all connections and refuses new ones. */
    public synchronized void stop() throws IOException {
        if (listener != null) {
            listener.close();
            listener = null;
            awaitAcceptor();
        }
        for (ProxyConnection connection : connections) {
            connection.close();
        }
    }

    /** Listens on the same port again. */
    public synchronized void restart() throws IOException {
        if (listener == null) {
            listener = listen(port);
            accept();
        }
    }

    /** How many connections of clients are open, also of clients that have gone while their request was under way. */
    public int openConnections() {
        return connections.size();
    }

    @Override
    public void close() throws IOException {
        stop();
    }

    @Nullable
    Fault faultOf(HttpHead request) {
        for (Injected injected : faults) {
            if (injected.meets(request)) {
                return injected.fault;
            }
        }
        return null;
    }

    void pause(Duration duration) throws IOException {
        try {
            TimeUnit.NANOSECONDS.sleep(duration.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    void hold(CountDownLatch until) throws IOException {
        try {
            if (!until.await(LONGEST_HOLD.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("held for " + LONGEST_HOLD);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    void throttle(int bytes) throws IOException {
        long limit = bytesPerSecond;
        if (limit != Long.MAX_VALUE) {
            pause(Duration.ofNanos(pay(TimeUnit.SECONDS.toNanos(bytes) / limit)));
        }
    }

    private synchronized long pay(long nanos) {
        long now = System.nanoTime();
        paidUntilNanos = Math.max(paidUntilNanos, now) + nanos;
        return paidUntilNanos - now;
    }

    private static ServerSocket listen(int port) throws IOException {
        var socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
        return socket;
    }

    private synchronized void accept() {
        ServerSocket socket = requireNonNull(listener, "listens");
        acceptor = Thread.ofPlatform().daemon().name("s3-fault-proxy").start(() -> {
            try {
                while (true) {
                    Socket client = socket.accept();
                    Thread.ofVirtual().start(() -> serve(socket, client));
                }
            } catch (SocketException e) {
                LOG.debug("stopped", e);
            } catch (IOException e) {
                LOG.error("no connection is accepted any more", e);
            }
        });
    }

    /** The port is only free when the thread that waited for connections has let go of it. */
    private void awaitAcceptor() throws IOException {
        try {
            if (acceptor != null && !acceptor.join(STOP_TIMEOUT)) {
                throw new IOException("the proxy does not stop");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void serve(ServerSocket acceptedBy, Socket client) {
        try (var connection = new ProxyConnection(this, client)) {
            connections.add(connection);
            try {
                if (!acceptedBy.isClosed()) {
                    connection.serve(backend);
                }
            } finally {
                connections.remove(connection);
            }
        } catch (IOException e) {
            LOG.debug("a connection ended", e);
        }
    }
}
