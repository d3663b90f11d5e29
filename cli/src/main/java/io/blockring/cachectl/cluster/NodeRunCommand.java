package io.blockring.cachectl.cluster;

import io.blockring.blockstore.BlockStore;
import io.blockring.blockstore.BlockStoreSettings;
import io.blockring.blockstore.CacheDirectory;
import io.blockring.blockstore.Eviction;
import io.blockring.cachectl.ByteSize;
import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.CommonOptions;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachenode.CacheNode;
import io.blockring.cachenode.CacheNodeSettings;
import io.blockring.cachenode.CacheNodeSettings.Limits;
import io.blockring.cachenode.CacheNodeSettings.Listen;
import io.blockring.cachenode.ClusterSeeds;
import io.blockring.cachenode.KeyedStores;
import io.blockring.group.CacheGroup;
import io.blockring.group.CacheGroupSettings;
import io.blockring.group.GroupState;
import io.blockring.group.NodeDeclaration;
import io.blockring.group.ObjectLogStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cachectl node run}: a cache node, in the foreground, until it is told to end. */
@Command(
        name = "run",
        description = "Run a cache node in the foreground, until it is told to end.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  cachectl node run --group train --node-id n1 --listen 127.0.0.1:7001 --cache-dir /flash0:100GiB \\",
            "      --cache-memory 2GiB --group-log s3://bucket --group-log-endpoint http://127.0.0.1:9000 \\",
            "      --credentials keys --seeds 127.0.0.1:7001,127.0.0.1:7002"
        })
final class NodeRunCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(NodeRunCommand.class);

    /** Buffers that blocks are fetched into. */
    private static final long FILL_BYTES = 256L << 20;

    /** Weight is counted in GiB of cache, so that twice the disk owns twice the blocks. */
    private static final long BYTES_PER_WEIGHT = 1L << 30;

    @Mixin
    @SuppressWarnings("unused") // picocli fills it
    private CommonOptions common = new CommonOptions();

    @Mixin
    private LogOptions log = new LogOptions();

    @Option(names = "--group", required = true, paramLabel = "NAME", description = "The group it belongs to.")
    private String groupName = "";

    @Option(names = "--node-id", required = true, paramLabel = "NAME", description = "What people call the node.")
    private String name = "";

    @Option(
            names = "--listen",
            required = true,
            paramLabel = "HOST:PORT",
            description = "Address of its control service; its other ports are chosen, and told there.")
    private String listen = "";

    @Option(
            names = "--cache-dir",
            required = true,
            paramLabel = "DIR:SIZE",
            description = "A directory, and how much may lie in it; may be given several times.")
    private List<String> directories = List.of();

    @Option(
            names = "--cache-memory",
            paramLabel = "SIZE",
            defaultValue = "256MiB",
            description = "Memory for the blocks read most, beside the heap (default: 256MiB; 0 for none).")
    private ByteSize memory = new ByteSize(256 << 20);

    @Option(
            names = "--eviction",
            paramLabel = "RULE",
            defaultValue = "sieve",
            description = "Which blocks go first: sieve (new ones that nobody used again), or lru (default: sieve).")
    private Eviction eviction = Eviction.SIEVE;

    @Option(
            names = "--free-space-ratio",
            paramLabel = "PART",
            defaultValue = "0.1",
            description =
                    "How much of the file system of each directory stays free, of bytes and inodes (default: 0.1).")
    private double leastFree = 0.1;

    @Option(
            names = "--scrub-rate",
            paramLabel = "SIZE",
            defaultValue = "16MiB",
            description =
                    "How much of each directory is checked in the background, a second (default: 16MiB; 0 for none).")
    private ByteSize scrubRate = new ByteSize(16 << 20);

    @Option(
            names = "--seeds",
            split = ",",
            paramLabel = "HOST:PORT",
            description = "Control addresses of some nodes, this one may be among them.")
    private List<String> seeds = List.of();

    @Option(names = "--zone", paramLabel = "NAME", defaultValue = "", description = "What fails together with it.")
    private String zone = "";

    @Option(
            names = "--weight",
            paramLabel = "N",
            description = "Its share of the blocks (default: GiB of its directories).")
    private @Nullable Integer weight;

    @Option(names = "--force-listen", description = "Listen on other addresses than loopback, without authentication.")
    private boolean forceListen;

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    @Override
    public Integer call() throws Exception {
        List<CacheDirectory> caches = new ArrayList<>();
        for (String directory : directories) {
            caches.add(cacheDirectory(directory));
        }
        if (!(leastFree >= 0 && leastFree < 1)) {
            throw usage("'" + leastFree + "' is no part of a file system", "--free-space-ratio 0.1");
        }
        InetSocketAddress control = controlAddress();
        Path home = caches.getFirst().path();
        try {
            Files.createDirectories(home);
            BlockStore store = opened(
                    BlockStore.open(new BlockStoreSettings(caches, memory.bytes(), FILL_BYTES, leastFree, eviction)));
            if (scrubRate.bytes() > 0) {
                store.startScrubbing(scrubRate.bytes());
            }
            var settings = new CacheNodeSettings(
                    groupName,
                    name,
                    home,
                    new Listen(control.getHostString(), control.getPort(), 0, socketIn(home)),
                    Limits.forProcessors(Runtime.getRuntime().availableProcessors()));
            // One pair of keys for all volumes, whatever name the group gives them.
            var stores = new KeyedStores(reference -> log.keys.find());
            CacheNode node = opened(CacheNode.open(settings, store, stores));
            joinGroup(node, home, caches);
        } catch (Exception e) {
            closeAll();
            throw e;
        }
        var ended = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            closeAll();
                            ended.countDown();
                        },
                        "end node"));
        System.out.println("node " + name + " of group " + groupName + " at " + listen);
        ended.await();
        return 0;
    }

    private void joinGroup(CacheNode node, Path home, List<CacheDirectory> caches) throws IOException {
        ObjectLogStore groupLog = opened(log.open());
        CacheGroup group = opened(CacheGroup.start(
                CacheGroupSettings.of(groupName, node.id(), home, InetAddress.getByName(hostOf(listen)), 0),
                groupLog,
                new ClusterSeeds(groupName, seeds)));
        InetSocketAddress cluster = group.clusterAddress();
        node.announce(hostOf(listen) + ":" + cluster.getPort(), "");
        node.join(group);
        CompletableFuture<GroupState> declared =
                group.declareSelf(new NodeDeclaration(node.id(), name, weight(caches), zone, node.addresses()));
        Thread.ofVirtual().name("declaration").start(() -> reportDeclaration(declared));
    }

    private void reportDeclaration(CompletableFuture<GroupState> declared) {
        try {
            LOG.info(
                    "in the ring of group {} since epoch {}",
                    groupName,
                    declared.get().epoch().number());
        } catch (InterruptedException | ExecutionException | CancellationException e) {
            LOG.warn("not in the ring of group {}: {}", groupName, e.toString());
        }
    }

    private int weight(List<CacheDirectory> caches) {
        if (weight != null) {
            return weight;
        }
        long bytes = caches.stream().mapToLong(CacheDirectory::bytes).sum();
        return Math.clamp(bytes / BYTES_PER_WEIGHT, 1, 1_000_000);
    }

    private CacheDirectory cacheDirectory(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1) {
            throw usage("'" + text + "' is no cache directory with a size", "--cache-dir /flash0:100GiB");
        }
        Path path = Path.of(text.substring(0, colon)).toAbsolutePath().normalize();
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw usage(path + " is a file, not a directory", "--cache-dir DIRECTORY:SIZE");
        }
        try {
            return new CacheDirectory(
                    path, ByteSize.parse(text.substring(colon + 1)).bytes());
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()), "--cache-dir " + path + ":100GiB");
        }
    }

    private InetSocketAddress controlAddress() throws IOException {
        int colon = listen.lastIndexOf(':');
        int port;
        try {
            port = Integer.parseInt(listen.substring(colon + 1));
        } catch (NumberFormatException e) {
            throw usage("'" + listen + "' has no port", "--listen 127.0.0.1:7001");
        }
        if (colon < 1 || port < 0 || port > 0xffff) {
            throw usage("'" + listen + "' is no address", "--listen 127.0.0.1:7001");
        }
        if (!InetAddress.getByName(hostOf(listen)).isLoopbackAddress() && !forceListen) {
            throw usage(
                    hostOf(listen) + " is no loopback address, and a group has no authentication yet",
                    "--listen 127.0.0.1:" + port + "   or, in a network that you trust: --force-listen");
        }
        return InetSocketAddress.createUnresolved(hostOf(listen), port);
    }

    private static String hostOf(String address) {
        return address.substring(0, Math.max(0, address.lastIndexOf(':')));
    }

    /** A Unix socket's path has at most 107 bytes; a longer one is done without. */
    private static String socketIn(Path home) {
        String socket = home.resolve("block.sock").toString();
        return socket.length() <= 107 ? socket : "";
    }

    private CommandFailure usage(String why, String hint) {
        return new CommandFailure(ExitCode.USAGE, "USAGE", "node " + name + " was not started", why, hint);
    }

    private <T extends AutoCloseable> T opened(T part) {
        parts.push(part);
        return part;
    }

    private void closeAll() {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                LOG.error("a part of the node was not closed well", e);
            }
        }
    }
}
