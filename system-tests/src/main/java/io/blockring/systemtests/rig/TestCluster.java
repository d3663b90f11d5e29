package io.blockring.systemtests.rig;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An S3 server, cache nodes and mounts as processes on loopback, all below one folder, made by the commands that a
 * user types. Closing it ends all of it.
 */
public final class TestCluster implements AutoCloseable {
    public static final String BUCKET = "bucket";
    public static final String GROUP = "train";

    /** Of a node that has its machine for itself. */
    private static final int NODE_PORT = 7001;

    private static final Duration NODE_START = Duration.ofSeconds(60);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> KEYS =
            Map.of("BLOCKRING_ACCESS_KEY", "testkey", "BLOCKRING_SECRET_KEY", "testsecret");

    private final Path folder;
    private final List<String> nodeOptions;
    private final Map<String, RunningProgram> nodes = new LinkedHashMap<>();
    private final Map<String, List<String>> ownOptions = new LinkedHashMap<>();
    private final Map<String, Machine> machines = new LinkedHashMap<>();
    private final Map<String, String> addresses = new LinkedHashMap<>();
    private final Map<Path, RunningProgram> mounts = new LinkedHashMap<>();
    private final Map<String, String> environment = new LinkedHashMap<>(KEYS);
    private final Machine s3Machine;
    private final String s3Endpoint;
    private RunningProgram s3;
    private String endpoint;

    /** Where commands are typed and volumes are mounted. */
    private Machine desk = Machine.LOCAL;

    private TestCluster(Path folder, Machine s3Machine, List<String> nodeOptions) {
        this.folder = folder;
        this.nodeOptions = nodeOptions;
        this.s3Machine = s3Machine;
        s3 = runS3(s3Machine.address() + ":0");
        s3Endpoint = s3.await("its endpoint", () -> endpointTold(0));
        endpoint = s3Endpoint;
    }

    private RunningProgram runS3(String listen) {
        List<String> options = new ArrayList<>(List.of(
                "--listen",
                listen,
                "--dir",
                folder.resolve("s3").toString(),
                "--buckets",
                BUCKET,
                "--access-log",
                accessLog().toString()));
        if (!s3Machine.isLocal()) {
            options.add("--listen-beyond-loopback");
        }
        return RunningProgram.start(
                "s3-server", s3Machine.run(Program.s3Server(options)), KEYS, folder.resolve("s3.log"));
    }

    private Stream<String> endpointsTold() {
        return s3.output().lines().filter(line -> line.startsWith("{"));
    }

    private Optional<String> endpointTold(long afterLines) {
        return endpointsTold()
                .skip(afterLines)
                .findFirst()
                .map(line -> parse(line).path("endpoint").asText());
    }

    /** An S3 server alone, with an empty bucket; nodes get {@code nodeOptions} beside the usual ones. */
    public static TestCluster start(String... nodeOptions) {
        return startAt(Machine.LOCAL, nodeOptions);
    }

    /** The same, with the S3 server on that machine. */
    public static TestCluster startAt(Machine s3Machine, String... nodeOptions) {
        try {
            return new TestCluster(Files.createTempDirectory("blockring-cluster"), s3Machine, List.of(nodeOptions));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** That node alone gets {@code options} as well. */
    public TestCluster withOptionsOf(String node, String... options) {
        ownOptions.put(node, List.of(options));
        return this;
    }

    /** A group of {@code count} nodes n1, n2, ... over the S3 server, all up. */
    public TestCluster withNodes(int count) {
        Map<String, Machine> local = new LinkedHashMap<>();
        for (int i = 1; i <= count; i++) {
            local.put("n" + i, Machine.LOCAL);
        }
        cachectl("group", "create", GROUP, "--group-log", "s3://" + BUCKET, "--group-log-endpoint", s3Endpoint)
                .orFail();
        return withNodesAt(local);
    }

    /** Nodes of a group that was created already, named like these machines, all up; commands are typed on the first. */
    public TestCluster withNodesAt(Map<String, Machine> places) {
        machines.putAll(places);
        desk = machines.values().iterator().next();
        machines.forEach((name, machine) ->
                addresses.put(name, machine.address() + ":" + (machine.isLocal() ? freePort() : NODE_PORT)));
        machines.keySet().forEach(this::startNode);
        awaitAllUp();
        return this;
    }

    private void awaitAllUp() {
        machines.keySet().forEach(this::awaitStarted);
        Await.until("all nodes are up", Program.LIMIT, () -> upNodes().equals(machines.keySet()));
        for (String node : machines.keySet()) { // one that was started again may not know yet what the others know
            Await.until(node + " has joined", Program.LIMIT, () -> askOf(node).exitStatus() == 0);
        }
    }

    private void awaitStarted(String name) {
        node(name).awaitOutput("node " + name + " of group ");
    }

    /** Starts a node that was ended, and waits until the group sees it up and alive. */
    public void restartNode(String name) {
        startNode(name);
        awaitStarted(name);
        Await.until(name + " is up again", NODE_START, () -> upNodes().contains(name));
    }

    private Set<String> upNodes() {
        Set<String> up = new TreeSet<>();
        var status = cachectl("group", "status", "--seeds", seeds(), "-o", "json");
        if (status.exitStatus() == 0) {
            for (JsonNode node : parse(status.out()).path("nodes")) {
                if (node.path("state").asText().equals("up")
                        && node.path("alive").asBoolean()) {
                    up.add(node.path("name").asText());
                }
            }
        }
        return up;
    }

    /** A counter of a node, by the name that {@code cachectl node ls} gives it. */
    public long counter(String name, String counter) {
        for (JsonNode node : json("node", "ls", "--seeds", seeds()).path("nodes")) {
            if (node.path("name").asText().equals(name)) {
                return node.path("counters").path(counter).asLong();
            }
        }
        throw new AssertionError("no node " + name);
    }

    /** Starts a node, new or killed before, on the port and directory it had. */
    private void startNode(String name) {
        List<String> arguments = new ArrayList<>(List.of(
                "node",
                "run",
                "--group",
                GROUP,
                "--node-id",
                name,
                "--listen",
                addressOf(name),
                "--cache-dir",
                cacheFolder(name) + ":1GiB",
                "--free-space-ratio", // the tests' machine may be as full as it likes
                "0",
                "--group-log",
                "s3://" + BUCKET,
                "--group-log-endpoint",
                s3Endpoint,
                "--seeds",
                seeds()));
        arguments.addAll(nodeOptions);
        arguments.addAll(ownOptions.getOrDefault(name, List.of()));
        Machine machine = machineOf(name);
        if (!machine.isLocal()) {
            arguments.add("--force-listen");
        }
        nodes.put(
                name,
                RunningProgram.start(
                        name,
                        machine.run(Program.cachectl("-Xmx256m", arguments)),
                        KEYS,
                        folder.resolve(name + ".log")));
    }

    /** Makes a volume over the S3 server and, when there are nodes, adds it to the group; returns its metadata URL. */
    public String createVolume(String name) {
        return createVolume(name, "rocksdb://" + folder.resolve("meta-" + name));
    }

    /** The same with more options of {@code cachectl volume create}. */
    public String createVolumeWith(String name, String... options) {
        return createVolume(name, "rocksdb://" + folder.resolve("meta-" + name), List.of(options));
    }

    /** The same with metadata in an engine that is there. */
    public String createVolume(String name, String meta) {
        return createVolume(name, meta, List.of());
    }

    private String createVolume(String name, String meta, List<String> options) {
        List<String> create = new ArrayList<>(List.of(
                "volume", "create", name, "--meta", meta, "--storage", "s3://" + BUCKET, "--endpoint", endpoint));
        // What is deleted is to be gone.
        create.addAll(List.of("--trash-days", "0"));
        create.addAll(options);
        cachectl(create.toArray(String[]::new)).orFail();
        if (!nodes.isEmpty()) {
            cachectl(
                            "group",
                            "volume",
                            "add",
                            meta,
                            "--group",
                            GROUP,
                            "--group-log",
                            "s3://" + BUCKET,
                            "--group-log-endpoint",
                            s3Endpoint)
                    .orFail();
            for (String node : nodes.keySet()) {
                Await.until(node + " knows volume " + name, Program.LIMIT, () -> knows(node, name));
            }
        }
        return meta;
    }

    private boolean knows(String node, String volume) {
        for (JsonNode known : groupSeenBy(node).path("volumes")) {
            if (known.path("name").asText().equals(volume)) {
                return true;
            }
        }
        return false;
    }

    /** What {@code cachectl group status} says when that node is asked, on its own machine. */
    public JsonNode groupSeenBy(String node) {
        return parse(askOf(node).orFail().out());
    }

    private Program.Result askOf(String node) {
        List<String> command =
                Program.cachectl("-Xmx64m", List.of("group", "status", "--seeds", addressOf(node), "-o", "json"));
        return Program.run(KEYS, null, machineOf(node).run(command));
    }

    /** Mounts a volume at a new folder, through the group when there are nodes, in a process of its own. */
    public Path mount(String meta, String... options) {
        Path mountPoint = folder.resolve("mnt-" + mounts.size());
        remount(mountPoint, meta, options);
        return mountPoint;
    }

    /** Mounts a volume at a place, perhaps again. */
    public void remount(Path mountPoint, String meta, String... options) {
        try {
            if (!mounts.containsKey(mountPoint)) {
                Files.createDirectories(mountPoint);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> arguments = new ArrayList<>(List.of("mount", "-f", meta, mountPoint.toString()));
        if (!nodes.isEmpty()) {
            arguments.addAll(List.of("--group", GROUP, "--seeds", seeds()));
        }
        arguments.addAll(List.of(options));
        RunningProgram mount = RunningProgram.start(
                "mount " + mountPoint,
                desk.run(Program.cachectl("-Xmx256m", arguments)),
                environment,
                folder.resolve(mountPoint.getFileName() + ".log"));
        mounts.put(mountPoint, mount);
        mount.awaitOutput("/" + mountPoint.getFileName() + " ");
        mount.await(
                "the mount",
                () -> describe(mountPoint).filter(found -> found.path("pid").asLong() == mount.pid()));
    }

    /** What {@code cachectl status} says of a mount. */
    public Optional<JsonNode> describe(Path mountPoint) {
        var status = cachectl("status", mountPoint.toString(), "-o", "json");
        return status.exitStatus() == 0 ? Optional.of(parse(status.out())) : Optional.empty();
    }

    public void umount(Path mountPoint) {
        cachectl("umount", mountPoint.toString()).orFail();
        @Nullable RunningProgram mount = mounts.get(mountPoint);
        if (mount != null) {
            Await.until("the process of " + mountPoint + " ends", Program.LIMIT, () -> !mount.isAlive());
        }
    }

    /** The environment that gives a program the keys of the bucket. */
    public static Map<String, String> keys() {
        return KEYS;
    }

    /** From now on commands and mounts see that variable. */
    public void export(String variable, String value) {
        environment.put(variable, value);
    }

    /** Runs {@code cachectl} with the keys of the bucket. */
    public Program.Result cachectl(String... arguments) {
        return Program.run(environment, null, desk.run(Program.cachectl("-Xmx64m", List.of(arguments))));
    }

    /** What a command prints with {@code -o json}; it must succeed. */
    public JsonNode json(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-o", "json"));
        return parse(cachectl(all.toArray(String[]::new)).orFail().out());
    }

    private String addressOf(String node) {
        return Objects.requireNonNull(addresses.get(node), node);
    }

    private Machine machineOf(String node) {
        return Objects.requireNonNull(machines.get(node), node);
    }

    public RunningProgram node(String name) {
        return Objects.requireNonNull(nodes.get(name), name);
    }

    public RunningProgram mountProcess(Path mountPoint) {
        return Objects.requireNonNull(mounts.get(mountPoint), mountPoint.toString());
    }

    public Path cacheFolder(String node) {
        return folder.resolve("cache-" + node);
    }

    public Path folder() {
        return folder;
    }

    /** Where the S3 server keeps the bucket. */
    public Path bucket() {
        return folder.resolve("s3").resolve(BUCKET);
    }

    public Path accessLog() {
        return folder.resolve("s3-access.log");
    }

    /** Starts again what a test has ended: the S3 server, nodes; and waits until the group sees all of them up. */
    public void mend() {
        if (!s3.isAlive()) {
            long toldBefore = endpointsTold().count();
            s3 = runS3(s3Endpoint.replace("http://", ""));
            s3.await("its endpoint again", () -> endpointTold(toldBefore));
        }
        machines.keySet().stream().filter(name -> !node(name).isAlive()).forEach(this::startNode);
        awaitAllUp();
    }

    public RunningProgram s3() {
        return s3;
    }

    /** Where the S3 server itself listens, whatever stands in front of it. */
    public String s3Endpoint() {
        return s3Endpoint;
    }

    /** Volumes made from now on use {@code endpoint}, such as a proxy in front of the S3 server. */
    public void useEndpoint(String changed) {
        endpoint = changed;
    }

    public String seeds() {
        return String.join(",", addresses.values());
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + json, e);
        }
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        for (Map.Entry<Path, RunningProgram> mount : mounts.entrySet()) {
            Program.run(Map.of(), null, List.of("umount", "-l", mount.getKey().toString()));
            mount.getValue().close();
        }
        nodes.values().forEach(RunningProgram::kill);
        s3.close();
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
