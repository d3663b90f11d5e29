package io.blockring.s3server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServerOptionsTest {
    private static final Map<String, String> KEYS =
            Map.of("BLOCKRING_ACCESS_KEY", "local", "BLOCKRING_SECRET_KEY", "s3cret");

    @Test
    void theDefaultsAreLoopbackAnyPortAndNoLog() {
        ServerOptions options = ServerOptions.of(List.of("--dir", "/d"), KEYS);
        assertThat(options.listen().getAddress().isLoopbackAddress()).isTrue();
        assertThat(options.listen().getPort()).isZero();
        assertThat(options.directory()).isEqualTo(Path.of("/d"));
        assertThat(options.buckets()).isEmpty();
        assertThat(options.accessLog()).isNull();
        assertThat(options.exitWithStdin()).isFalse();
        assertThat(options).asString().doesNotContain("s3cret");
    }

    @Test
    void anAddressBeyondLoopbackNeedsAWordMore() {
        assertRefused("loopback", KEYS, "--dir", "/d", "--listen", "0.0.0.0:0");
        var options =
                ServerOptions.of(List.of("--dir", "/d", "--listen", "0.0.0.0:9000", "--listen-beyond-loopback"), KEYS);
        assertThat(options.listen().getPort()).isEqualTo(9000);
    }

    @Test
    void whatIsMissingOrUnknownIsNamed() {
        assertRefused("--dir", KEYS);
        assertRefused("--what", KEYS, "--dir", "/d", "--what");
        assertRefused("--buckets", KEYS, "--dir", "/d", "--buckets");
        assertRefused("--listen", KEYS, "--dir", "/d", "--listen", "9000");
        assertRefused("BLOCKRING_SECRET_KEY", Map.of("BLOCKRING_ACCESS_KEY", "local"), "--dir", "/d");
        assertRefused("AWS_ACCESS_KEY_ID", Map.of(), "--dir", "/d");
    }

    private static void assertRefused(String named, Map<String, String> environment, String... arguments) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServerOptions.of(List.of(arguments), environment))
                .withMessageContaining(named);
    }
}
