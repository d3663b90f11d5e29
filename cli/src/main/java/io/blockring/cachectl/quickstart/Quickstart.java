package io.blockring.cachectl.quickstart;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.blockring.cachectl.cluster.EvictCommand;
import io.blockring.cachectl.cluster.NodeConnections;
import io.blockring.cachectl.daemon.Daemon;
import io.blockring.cachectl.daemon.Programs;
import io.blockring.cachectl.files.MountedPath;
import io.blockring.cachectl.files.NewVolume;
import io.blockring.cachectl.files.VolumeFacts;
import io.blockring.cachectl.warmup.Warmup;
import io.blockring.cachectl.warmup.WarmupTally;
import io.blockring.fuseclient.FuseSettings;
import io.blockring.group.GroupAdmin;
import io.blockring.group.GroupSettings;
import io.blockring.group.ObjectLogStore;
import io.blockring.meta.AccessTimes;
import io.blockring.meta.VolumeFormat.AtRest;
import io.blockring.meta.cache.CacheTimes;
import io.blockring.meta.tree.Upkeep;
import io.blockring.mount.Mount;
import io.blockring.mount.MountSettings;
import io.blockring.mount.Places;
import io.blockring.mount.RunningMounts;
import io.blockring.objectstore.Credentials;
import io.blockring.objectstore.StoreAddress;
import io.blockring.objectstore.codec.Passphrase;
import io.blockring.proto.control.GroupStatusReply;
import io.blockring.proto.mount.ReadCounters;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A cache group on this machine, step by step. Every step can be typed by hand, and says how. */
final class Quickstart implements AutoCloseable {
    static final int NODES = 3;
    static final String VOLUME = "quickstart";
    static final String GROUP = "quickstart";

    private static final String BUCKET = "quickstart";
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_GRACE = Duration.ofSeconds(30);

    private final Path folder;
    private final Steps steps;
    private final boolean mounts;
    private final Credentials keys;
    private final List<String> seeds = new ArrayList<>();
    private RunningQuickstart running = RunningQuickstart.NOTHING;
    private String endpoint = "";
    private @Nullable Daemon store;
    private @Nullable Mount library;

    Quickstart(Path folder, Steps steps, boolean mounts) {
        this.folder = folder;
        this.steps = steps;
        this.mounts = mounts;
        byte[] random = new byte[20];
        new SecureRandom().nextBytes(random);
        keys = new Credentials("quickstart", HexFormat.of().formatHex(random));
    }

    Path mountPoint() {
        return folder.resolve("mnt");
    }

    AccessLog accessLog() {
        return new AccessLog(folder.resolve("s3-access.log"));
    }

    List<String> seeds() {
        return List.copyOf(seeds);
    }

    private Path keysFile() {
        return folder.resolve("credentials");
    }

    private URI meta() {
        return URI.create(
                "rocksdb://" + folder.resolve("meta").toUri().getRawPath().replaceFirst("/$", ""));
    }

    private StoreAddress address() throws IOException {
        return StoreAddress.parse("s3://" + BUCKET, endpoint, null);
    }

    void writeKeys() throws IOException {
        Files.createDirectories(folder);
        Files.createDirectories(mountPoint());
        Files.deleteIfExists(keysFile());
        Files.createFile(
                keysFile(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(keysFile(), "access-key=" + keys.accessKey() + "\nsecret-key=" + keys.secretKey() + "\n");
    }

    void startStore() throws IOException, InterruptedException {
        List<String> arguments = List.of(
                "--listen",
                "127.0.0.1:0",
                "--dir",
                folder.resolve("s3").toString(),
                "--buckets",
                BUCKET,
                "--access-log",
                accessLog().file().toString());
        steps.begin("an S3 server", "java ... io.blockring.s3server.S3Server " + String.join(" ", arguments));
        Map<String, String> environment =
                Map.of("BLOCKRING_ACCESS_KEY", keys.accessKey(), "BLOCKRING_SECRET_KEY", keys.secretKey());
        Daemon daemon = start("S3 server", Programs.s3Server(arguments), environment, "s3-server.log");
        store = daemon;
        endpoint = daemon.awaitReady(START_LIMIT, () -> endpointIn(daemon.output()));
        steps.done("at " + endpoint);
    }

    private static Optional<String> endpointIn(String output) {
        return output.lines().filter(line -> line.startsWith("{")).findFirst().map(line -> {
            try {
                return new ObjectMapper().readTree(line).path("endpoint").asText();
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("the S3 server said: " + line, e);
            }
        });
    }

    void stopStore() {
        if (store != null) {
            Daemon.stop(store.process().toHandle(), STOP_GRACE);
        }
    }

    void createVolume() throws Exception {
        steps.begin(
                "a volume",
                "cachectl volume create " + VOLUME + " --meta " + meta() + " --storage s3://" + BUCKET + " --endpoint "
                        + endpoint + " --credentials " + keysFile());
        new NewVolume(VOLUME, meta(), address(), 4 << 20, false, 0, 0, AtRest.PLAIN, Upkeep.TODAY, false).create(keys);
        steps.done("metadata in " + meta());
    }

    void createGroup() throws Exception {
        String log =
                " --group-log s3://" + BUCKET + " --group-log-endpoint " + endpoint + " --credentials " + keysFile();
        steps.begin(
                "a cache group that knows the volume",
                "cachectl group create " + GROUP + log,
                "cachectl group volume add " + meta() + " --group " + GROUP + log);
        try (var store = ObjectLogStore.open(address(), keys)) {
            var admin = new GroupAdmin(store, GROUP);
            admin.create(GroupSettings.DEFAULT);
            admin.addVolume(VolumeFacts.of(meta()).declaration("default"));
        }
        steps.done("its log in s3://" + BUCKET);
    }

    void startNodes() throws IOException, InterruptedException {
        for (int i = 0; i < NODES; i++) {
            seeds.add("127.0.0.1:" + freePort());
        }
        List<List<String>> commands = new ArrayList<>();
        for (int i = 1; i <= NODES; i++) {
            commands.add(List.of(
                    "node",
                    "run",
                    "--group",
                    GROUP,
                    "--node-id",
                    "n" + i,
                    "--listen",
                    seeds.get(i - 1),
                    "--cache-dir",
                    folder.resolve("n" + i) + ":1GiB",
                    "--free-space-ratio",
                    "0.01",
                    "--cache-memory",
                    "64MiB",
                    "--group-log",
                    "s3://" + BUCKET,
                    "--group-log-endpoint",
                    endpoint,
                    "--credentials",
                    keysFile().toString(),
                    "--seeds",
                    String.join(",", seeds)));
        }
        steps.begin(
                NODES + " cache nodes",
                commands.stream()
                        .map(command -> "cachectl " + String.join(" ", command))
                        .toArray(String[]::new));
        List<Daemon> nodes = new ArrayList<>();
        for (int i = 1; i <= NODES; i++) {
            nodes.add(start("node n" + i, Programs.cachectl(commands.get(i - 1)), Map.of(), "n" + i + ".log"));
        }
        for (Daemon node : nodes) {
            node.awaitReady(START_LIMIT, () -> allUp() ? Optional.of(true) : Optional.empty());
        }
        steps.done("up, at " + String.join(", ", seeds));
    }

    private boolean allUp() {
        for (String seed : seeds) {
            try (var nodes = NodeConnections.of(List.of(seed))) {
                GroupStatusReply group = nodes.node(seed).groupStatus();
                long up = group.getMembersList().stream()
                        .filter(member -> member.getAlive()
                                && NodeConnections.stateName(member.getNode().getState())
                                        .equals("up"))
                        .count();
                boolean all = up == NODES
                        && group.getEpoch() > 0
                        && nodes.node(seed).ring(GROUP).getNodesCount() == NODES;
                if (!all || group.getVolumesCount() == 0) {
                    return false;
                }
            } catch (StatusRuntimeException e) {
                return false; // it is still starting
            }
        }
        return true;
    }

    void mount() throws Exception {
        steps.begin(
                mounts ? "a mount" : "the file system as a library (no mount)",
                "cachectl mount " + meta() + " " + mountPoint() + " --group " + GROUP + " --seeds "
                        + String.join(",", seeds) + " --credentials " + keysFile());
        remount();
        steps.done("at " + mountPoint());
    }

    /** Mounts, or mounts again: a new mount has nothing of the old one's memory, and neither has the kernel. */
    void remount() throws Exception {
        unmount();
        if (!mounts) {
            var settings = new MountSettings(
                    meta(),
                    mountPoint(),
                    keys,
                    Passphrase.NONE,
                    GROUP,
                    seeds,
                    false,
                    AccessTimes.NOATIME,
                    CacheTimes.DEFAULT,
                    FuseSettings.defaults());
            library = Mount.startWithoutKernel(settings, Places.ofThisUser());
            return;
        }
        List<String> arguments = List.of(
                "mount",
                "--foreground",
                meta().toString(),
                mountPoint().toString(),
                "--group",
                GROUP,
                "--seeds",
                String.join(",", seeds),
                "--credentials",
                keysFile().toString());
        Daemon daemon = start("mount", Programs.cachectl(arguments), Map.of(), "mount.log");
        daemon.awaitReady(
                START_LIMIT, () -> isMountedBy(daemon.process().pid()) ? Optional.of(true) : Optional.empty());
    }

    private boolean isMountedBy(long pid) {
        try {
            Optional<RunningMounts.RunningMount> mount =
                    new RunningMounts(Places.ofThisUser()).around(mountPoint().toRealPath());
            return mount.isPresent() && mount.get().pid() == pid;
        } catch (IOException e) {
            return false; // it is still starting
        }
    }

    private void unmount() throws IOException {
        if (library != null) {
            library.close();
            library = null;
        }
        for (RunningQuickstart.Started started : running.lastFirst()) {
            if (started.name().equals("mount")) {
                started.find().ifPresent(process -> Daemon.stop(process, STOP_GRACE));
            }
        }
    }

    boolean isMounted() {
        return mounts;
    }

    SampleFiles files() {
        return library != null ? new LibraryFiles(library.fileSystem()) : SampleFiles.below(mountPoint());
    }

    /** Frees what the nodes hold, and by a new mount what the mount and the kernel hold. */
    void dropAll() throws Exception {
        steps.begin(
                "drop all that is cached",
                "cachectl evict --volume " + VOLUME + " --seeds " + String.join(",", seeds),
                "cachectl umount " + mountPoint() + "; cachectl mount ...");
        Map<String, String> failures = new LinkedHashMap<>();
        EvictCommand.evict(seeds, VOLUME, new LinkedHashMap<>(), failures);
        if (!failures.isEmpty()) {
            throw new IOException("not evicted: " + failures);
        }
        remount();
        steps.done("nodes, mount and kernel are empty");
    }

    WarmupTally.State warmUp() throws Exception {
        steps.begin("a warm-up", "cachectl warmup " + mountPoint());
        WarmupTally.State state = Warmup.run(MountedPath.of(mountPoint().toRealPath()), steps.warmUp());
        steps.done(state.fetched().blocks() + " blocks fetched by their owners");
        return state;
    }

    ReadCounters reads() throws IOException {
        try (var mount = MountedPath.of(mountPoint().toRealPath()).connect()) {
            return mount.describe().getReads();
        }
    }

    private Daemon start(String name, List<String> command, Map<String, String> environment, String log)
            throws IOException {
        Daemon daemon = Daemon.start(name, command, environment, folder.resolve(log));
        running = running.with(name, daemon.process().toHandle());
        running.write(folder);
        return daemon;
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Ends what a quickstart in {@code folder} started, the last first, and waits for each to be gone. */
    static void stop(Path folder) throws IOException {
        for (RunningQuickstart.Started started : RunningQuickstart.in(folder).lastFirst()) {
            started.find().ifPresent(process -> Daemon.stop(process, STOP_GRACE));
        }
    }

    /** Ends all that was started. */
    @Override
    public void close() throws IOException {
        if (library != null) {
            library.close();
            library = null;
        }
        stop(folder);
    }
}
