package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.blockring.meta.testing.EtcdServer;
import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.TestCluster;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What a user gets for a mistake: an exit code, three lines, no stack trace, soon. */
class BadInputTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    /** A mistake, and the exit code that names its kind. */
    private record Mistake(String name, int exitCode, List<String> arguments, Map<String, String> environment) {
        Mistake(String name, int exitCode, String... arguments) {
            this(name, exitCode, List.of(arguments), Map.of());
        }
    }

    @TempDir
    private static Path folder;

    private static TestCluster cluster;
    private static String meta;

    @BeforeAll
    static void makeAVolume() {
        cluster = TestCluster.start();
        meta = cluster.createVolume("lab");
    }

    @AfterAll
    static void endAll() {
        cluster.close();
    }

    @TestFactory
    Stream<DynamicTest> everyMistakeIsExplained() throws IOException {
        Path directory = Files.createDirectory(folder.resolve("directory"));
        Path file = Files.writeString(folder.resolve("file"), "x");
        Path full = Files.createDirectory(folder.resolve("full"));
        Files.writeString(full.resolve("there"), "x");
        String s3 = "s3://" + TestCluster.BUCKET;
        String endpoint = cluster.s3Endpoint();
        String newMeta = "rocksdb://" + folder.resolve("new");
        String newBucket = folder.resolve("objects").toString();
        String nowhere = "http://127.0.0.1:1";
        List<Mistake> mistakes = new ArrayList<>(List.of(
                new Mistake(
                        "an unknown volume", 3, "mount", "rocksdb://" + folder.resolve("none"), directory.toString()),
                new Mistake("a name that is no volume's", 2, "format", newMeta, "../lab", "--bucket", newBucket),
                new Mistake(
                        "wrong credentials",
                        7,
                        List.of("volume", "create", "lab2", "--meta", newMeta, "--storage", s3, "--endpoint", endpoint),
                        Map.of("BLOCKRING_SECRET_KEY", "wrong")),
                new Mistake(
                        "no credentials",
                        7,
                        List.of("volume", "create", "lab2", "--meta", newMeta, "--storage", s3, "--endpoint", endpoint),
                        Map.of("BLOCKRING_SECRET_KEY", "", "BLOCKRING_ACCESS_KEY", "")),
                new Mistake(
                        "a missing bucket",
                        3,
                        "volume",
                        "create",
                        "lab2",
                        "--meta",
                        newMeta,
                        "--storage",
                        "s3://missing",
                        "--endpoint",
                        endpoint),
                new Mistake(
                        "an S3 prefix",
                        2,
                        "volume",
                        "create",
                        "lab2",
                        "--meta",
                        newMeta,
                        "--storage",
                        s3 + "/prefix",
                        "--endpoint",
                        endpoint),
                new Mistake(
                        "an endpoint where nobody listens",
                        6,
                        "volume",
                        "create",
                        "lab2",
                        "--meta",
                        newMeta,
                        "--storage",
                        s3,
                        "--endpoint",
                        nowhere),
                new Mistake(
                        "a volume that exists",
                        8,
                        "volume",
                        "create",
                        "lab",
                        "--meta",
                        meta,
                        "--storage",
                        s3,
                        "--endpoint",
                        endpoint),
                new Mistake(
                        "a mount point that is missing",
                        3,
                        "mount",
                        meta,
                        folder.resolve("nowhere").toString()),
                new Mistake("a mount point that is a file", 2, "mount", meta, file.toString()),
                new Mistake("a mount point that is not empty", 8, "mount", meta, full.toString()),
                new Mistake("an engine that nobody knows", 2, "mount", "floppy:///lab", directory.toString()),
                new Mistake("an etcd where nobody listens", 6, "mount", "etcd://127.0.0.1:1/lab", directory.toString()),
                new Mistake("a TiKV where nobody listens", 6, "mount", "tikv://127.0.0.1:1/lab", directory.toString()),
                new Mistake(
                        "an option that TiKV's URL has not",
                        2,
                        "mount",
                        "tikv://127.0.0.1:1/lab?verify-cn=x",
                        directory.toString()),
                new Mistake(
                        "an option that etcd's URL has not",
                        2,
                        "mount",
                        "etcd://127.0.0.1:1/lab?ca=x",
                        directory.toString()),
                new Mistake(
                        "a size that is none",
                        2,
                        nodeRun(freePort(), folder.resolve("cache") + ":12XB", endpoint)
                                .toArray(String[]::new)),
                new Mistake(
                        "a file where a cache directory is expected",
                        2,
                        nodeRun(freePort(), file + ":1GiB", endpoint).toArray(String[]::new)),
                new Mistake("a group that cannot be reached", 6, "group", "status", "--seeds", "127.0.0.1:1"),
                new Mistake("a path outside of any mount", 3, "warmup", directory.toString()),
                new Mistake("a place that is not mounted", 3, "umount", directory.toString()),
                new Mistake("a command that does not exist", 2, "warmpu"),
                new Mistake("an option that does not exist", 2, "status", "--colour")));
        return mistakes.stream().map(mistake -> DynamicTest.dynamicTest(mistake.name(), () -> check(mistake)));
    }

    private static List<String> nodeRun(int port, String cacheDirectory, String endpoint) {
        return List.of(
                "node",
                "run",
                "--group",
                "train",
                "--node-id",
                "n1",
                "--listen",
                "127.0.0.1:" + port,
                "--cache-dir",
                cacheDirectory,
                "--group-log",
                "s3://" + TestCluster.BUCKET,
                "--group-log-endpoint",
                endpoint,
                "--seeds",
                "127.0.0.1:" + port);
    }

    private static void check(Mistake mistake) {
        Map<String, String> environment = new java.util.HashMap<>(TestCluster.keys());
        environment.putAll(mistake.environment());
        var result = Program.cachectl(environment, mistake.arguments().toArray(String[]::new));
        assertExplained(result, mistake.exitCode());
    }

    private static void assertExplained(Program.Result result, int exitCode) {
        assertThat(result.exitStatus()).as(result.err()).isEqualTo(exitCode);
        assertThat(result.err().lines().filter(line -> !line.isBlank()))
                .as(result.err())
                .hasSize(3)
                .satisfiesExactly(
                        what -> assertThat(what).startsWith("error: "),
                        why -> assertThat(why).startsWith("why: ").hasSizeGreaterThan("why: ".length() + 5),
                        hint -> assertThat(hint).startsWith("try: ").hasSizeGreaterThan("try: ".length() + 5));
        assertThat(result.out() + result.err()).doesNotContain("\tat ", "Exception");
        assertThat(result.took()).isLessThan(SOON);
    }

    @Test
    void aPortThatIsTakenIsNamed() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var result = cluster.cachectl(
                    nodeRun(taken.getLocalPort(), folder.resolve("cache-taken") + ":1GiB", cluster.s3Endpoint())
                            .toArray(String[]::new));
            assertExplained(result, 8);
            assertThat(result.err()).contains(Integer.toString(taken.getLocalPort()));
        }
    }

    @Test
    void aWrongPasswordToTheMetadataIsExplained() throws IOException {
        try (EtcdServer etcd = EtcdServer.start(folder.resolve("etcd"))) {
            etcd.askPasswords("s3cret");
            String at = "127.0.0.1:" + etcd.port() + "/lab";
            var result = cluster.cachectl("volume", "describe", "etcd://root:wrong@" + at);
            assertExplained(result, 6);
            assertThat(result.err()).contains("invalid user ID or password").doesNotContain("wrong@");
            assertExplained(cluster.cachectl("volume", "describe", "etcd://" + at), 6);
            assertExplained(cluster.cachectl("volume", "describe", "etcd://root:s3cret@" + at), 3);
        }
    }

    @Test
    void metadataHeldByAnotherProcessAreNotTouched() throws IOException {
        RealMounts.require();
        Path mount = cluster.mount(meta);
        Path second = Files.createDirectory(folder.resolve("second"));
        var result = cluster.cachectl("mount", meta, second.toString());
        assertExplained(result, 8);
        assertThat(result.err())
                .contains(Long.toString(cluster.mountProcess(mount).pid()));
        cluster.umount(mount);
    }

    @Test
    void aGroupThatCannotBeReachedIsNoReasonNotToMount() throws IOException {
        RealMounts.require();
        Path directory = Files.createDirectory(folder.resolve("degraded"));
        var mounted =
                cluster.cachectl("mount", meta, directory.toString(), "--group", "train", "--seeds", "127.0.0.1:1");
        try {
            assertThat(mounted.exitStatus()).as(mounted.err()).isZero();
            assertThat(mounted.out() + mounted.err()).contains("DEGRADED");
            Files.writeString(directory.resolve("works"), "still");
            assertThat(directory.resolve("works")).hasContent("still");
        } finally {
            cluster.cachectl("umount", directory.toString()).orFail();
        }
    }

    @Test
    void aStoreThatLetsTwoWritersWinIsRefused() throws IOException {
        HttpServer careless = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        careless.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        careless.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().add("ETag", "\"0\"");
            boolean bucketItself =
                    !exchange.getRequestURI().getPath().substring(1).contains("/");
            boolean taken = exchange.getRequestMethod().equals("PUT") || bucketItself;
            exchange.sendResponseHeaders(taken ? 200 : 404, -1);
            exchange.close();
        });
        careless.start();
        try {
            String endpoint = "http://127.0.0.1:" + careless.getAddress().getPort();
            var result = Program.cachectl(
                    TestCluster.keys(),
                    "group",
                    "create",
                    "g",
                    "--group-log",
                    "s3://bucket",
                    "--group-log-endpoint",
                    endpoint);
            assertExplained(result, 8);
            assertThat(result.err()).contains("create-if-absent");
        } finally {
            careless.stop(0);
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
