package io.blockring.meta.keyvalue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.testing.Certificates;
import io.blockring.meta.testing.EtcdServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a client and a cluster know each other. */
class EtcdAccessTest {
    @TempDir
    Path folder;

    private static void assertWorks(String url, Map<String, String> environment) throws FileError {
        try (MetaEngine engine = new EtcdVolumes().open(url, environment)) {
            long first = engine.increment(Counter.NEXT_SESSION, 1);
            assertThat(engine.increment(Counter.NEXT_SESSION, 1)).isEqualTo(first + 1);
        }
    }

    @Test
    void aPasswordIsGivenOrTheRefusalSaysSo() throws Exception {
        try (EtcdServer server = EtcdServer.start(folder)) {
            String at = "127.0.0.1:" + server.port() + "/v";
            assertWorks("etcd://root:s3cret@" + at, Map.of());
            server.askPasswords("s3cret");
            assertWorks("etcd://root:s3cret@" + at, Map.of());
            assertWorks("etcd://root@" + at, Map.of("META_PASSWORD", "s3cret"));
            assertThatThrownBy(() -> assertWorks("etcd://root:wrong@" + at, Map.of()))
                    .isInstanceOf(FileError.class)
                    .hasMessageContaining("invalid user ID or password")
                    .hasMessageNotContaining("wrong@");
            assertThatThrownBy(() -> assertWorks("etcd://" + at, Map.of()))
                    .isInstanceOf(FileError.class)
                    .hasMessageContaining("a user and a password");
            try (MetaEngine engine = new EtcdVolumes().open("etcd://root:s3cret@" + at, Map.of())) {
                long before = engine.increment(Counter.NEXT_SESSION, 1);
                server.kill();
                server.restart(); // It knows none of its tokens any more.
                assertThat(engine.increment(Counter.NEXT_SESSION, 1)).isEqualTo(before + 1);
            }
        }
    }

    @Test
    void tlsProvesWhoBothAre() throws Exception {
        Path own = Certificates.selfSigned(folder, "localhost");
        Path other = Certificates.selfSigned(folder, "other");
        try (EtcdServer server = EtcdServer.start(
                folder.resolve("etcd"),
                "--cert-file=" + own + ".crt",
                "--key-file=" + own + ".key",
                "--trusted-ca-file=" + own + ".crt",
                "--client-cert-auth")) {
            String url = "etcd://localhost:" + server.port() + "/v?cacert=%s.crt&cert=%s.crt&key=%s.key";
            assertWorks(url.formatted(own, own, own), Map.of());
            assertWorks(url.formatted(other, own, own) + "&insecure-skip-verify=1", Map.of());
            try (ByteStore store =
                    EtcdVolumes.store(EtcdUrl.parse(url.formatted(other, own, own), Map.of()), Duration.ofSeconds(1))) {
                assertThatThrownBy(() -> store.latest().get(KeyLayout.setting()))
                        .as("a server that is not to be trusted")
                        .isInstanceOf(FileError.class);
            }
            assertThatThrownBy(() -> assertWorks(url.formatted(own, folder.resolve("none"), own), Map.of()))
                    .isInstanceOf(FileError.class)
                    .hasMessageContaining("none.crt");
        }
    }
}
