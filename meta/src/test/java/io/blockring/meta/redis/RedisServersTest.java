package io.blockring.meta.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.testing.Certificates;
import io.blockring.meta.testing.RedisServer;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ways to a server, each with real ones. */
class RedisServersTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private static void assertWorks(String url) throws FileError {
        assertWorks(url, Map.of());
    }

    private static void assertWorks(String url, Map<String, String> environment) throws FileError {
        try (MetaEngine engine = new RedisVolumes().open(url, environment)) {
            long first = engine.increment(Counter.NEXT_SESSION, 1);
            assertThat(engine.increment(Counter.NEXT_SESSION, 1)).isEqualTo(first + 1);
            assertThat(engine.reads().counter(Counter.NEXT_SESSION)).isEqualTo(first + 1);
        }
    }

    private static String atOf(RedisServer server) {
        return "127.0.0.1:" + server.port();
    }

    @Test
    void databasesAreApart() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("r"))) {
            assertWorks("redis://" + atOf(server) + "/1");
            assertWorks("redis://" + atOf(server) + "/2");
            try (MetaEngine third = new RedisVolumes().open("redis://" + atOf(server) + "/3", Map.of())) {
                assertThat(third.reads().counter(Counter.NEXT_SESSION)).isZero();
            }
        }
    }

    @Test
    void aSocketOfTheMachineWillDo() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("r"))) {
            assertWorks("unix://" + server.socket() + "?db=5");
            try (MetaEngine same = new RedisVolumes().open("redis://" + atOf(server) + "/5", Map.of())) {
                assertThat(same.reads().counter(Counter.NEXT_SESSION)).isEqualTo(2);
            }
        }
    }

    @Test
    void aPasswordIsGivenOrTheRefusalSaysSo() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("r"), "--requirepass", "s3cret")) {
            assertWorks("redis://:s3cret@" + atOf(server) + "/1");
            assertWorks("redis://" + atOf(server) + "/1", Map.of("META_PASSWORD", "s3cret"));
            assertThatThrownBy(() -> assertWorks("redis://" + atOf(server) + "/1"))
                    .isInstanceOf(FileError.class)
                    .hasMessageContaining("NOAUTH");
            assertThatThrownBy(() -> assertWorks("redis://:wrong@" + atOf(server) + "/1"))
                    .isInstanceOf(FileError.class)
                    .hasMessageContaining("WRONGPASS")
                    .hasMessageNotContaining("wrong@");
        }
    }

    @Test
    void tlsProvesWhoBothAre() throws Exception {
        Path own = Certificates.selfSigned(folder, "localhost");
        Path other = Certificates.selfSigned(folder, "other");
        int port;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        try (RedisServer _ = RedisServer.start(
                folder.resolve("r"),
                "--tls-port",
                Integer.toString(port),
                "--tls-cert-file",
                own + ".crt",
                "--tls-key-file",
                own + ".key",
                "--tls-ca-cert-file",
                own + ".crt")) {
            String url = "rediss://localhost:" + port
                    + "/1?tls-ca-cert-file=%s.crt&tls-cert-file=%s.crt&tls-key-file=%s.key";
            assertWorks(url.formatted(own, own, own));
            assertThatThrownBy(() -> assertWorks(url.formatted(other, own, own)))
                    .as("a server that is not to be trusted")
                    .isInstanceOf(FileError.class);
            assertThatThrownBy(() -> assertWorks(url.formatted(own, folder.resolve("none"), own)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("none.crt");
        }
    }

    @Test
    void aClusterIsFollowedToTheServerThatHasTheVolume() throws Exception {
        try (RedisServer first = RedisServer.start(folder.resolve("a"), "--cluster-enabled", "yes");
                RedisServer second = RedisServer.start(folder.resolve("b"), "--cluster-enabled", "yes")) {
            try (RedisLink one = link(first);
                    RedisLink two = link(second)) {
                one.ask(Command.of("CLUSTER").text("ADDSLOTSRANGE").number(0).number(8191));
                two.ask(Command.of("CLUSTER").text("ADDSLOTSRANGE").number(8192).number(16_383));
                two.ask(Command.of("CLUSTER").text("SET-CONFIG-EPOCH").number(2));
                one.ask(Command.of("CLUSTER").text("MEET").text("127.0.0.1").number(second.port()));
                awaitCluster(one);
                awaitCluster(two);
            }
            String cluster = "redis://" + atOf(first) + "," + atOf(second) + "/";
            for (int database = 1; database <= 4; database++) {
                assertWorks(cluster + database);
            }
        }
    }

    private static RedisLink link(RedisServer server) {
        return RedisVolumes.link(RedisUrl.parse("redis://" + atOf(server) + "/0", Map.of()), Map.of());
    }

    private static void awaitCluster(RedisLink link) throws FileError {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (System.nanoTime() - deadline < 0) {
            String info =
                    new String(Answers.bytes(link.ask(Command.of("CLUSTER").text("INFO"))), StandardCharsets.US_ASCII);
            if (info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:2")) {
                return;
            }
            Thread.onSpinWait();
        }
        throw new AssertionError("the cluster did not come together");
    }

    @Test
    void sentinelsNameTheSuccessorOfAServerThatDied() throws Exception {
        try (RedisServer first = RedisServer.start(folder.resolve("a"));
                RedisServer second =
                        RedisServer.start(folder.resolve("b"), "--replicaof", "127.0.0.1 " + first.port())) {
            awaitReplica(first);
            try (RedisServer sentinel = RedisServer.sentinel(folder.resolve("s"), "lab", first.port());
                    MetaEngine engine = new RedisVolumes().open("redis://lab," + atOf(sentinel) + "/1", Map.of())) {
                awaitSentinel(sentinel);
                long before = engine.increment(Counter.NEXT_SESSION, 1);
                awaitReplicated(first);
                first.kill();
                long deadline = System.nanoTime() + LIMIT.toNanos();
                long after = -1;
                while (after < 0 && System.nanoTime() - deadline < 0) {
                    try {
                        after = engine.increment(Counter.NEXT_SESSION, 1);
                    } catch (FileError e) {
                        assertThat(e.kind()).isEqualTo(FileError.Kind.IO);
                    }
                }
                assertThat(after).isGreaterThan(before);
                assertThat(second.pid()).isPositive();
            }
        }
    }

    private static void awaitReplica(RedisServer master) throws FileError {
        await(master, Command.of("INFO").text("replication"), "state=online");
    }

    private static void awaitSentinel(RedisServer sentinel) throws FileError {
        await(sentinel, Command.of("INFO").text("sentinel"), "slaves=1");
    }

    private static void awaitReplicated(RedisServer master) throws FileError {
        try (RedisLink link = link(master)) {
            assertThat(Answers.number(link.ask(Command.of("WAIT").number(1).number(4000))))
                    .isPositive();
        }
    }

    private static void await(RedisServer server, Command question, String expected) throws FileError {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        try (RedisLink link = link(server)) {
            while (System.nanoTime() - deadline < 0) {
                String info = new String(Answers.bytes(link.ask(question)), StandardCharsets.US_ASCII);
                if (info.contains(expected)) {
                    return;
                }
                Thread.onSpinWait();
            }
        }
        throw new AssertionError("never said: " + expected);
    }
}
