package io.blockring.meta.keyvalue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.FileError;
import io.blockring.meta.testing.Certificates;
import io.blockring.tikvclient.testing.TikvServers;
import io.blockring.tikvclient.testing.TlsDriver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** A placement driver and its client prove who they are; the store of the tests knows no TLS. */
class TikvTlsTest {
    private static final Duration START = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private static void open(String url) throws FileError {
        TikvVolumes.store(TikvUrl.parse(url), _ -> {}).close();
    }

    private static void openUntilItAnswers(String url) throws FileError {
        long endNanos = System.nanoTime() + START.toNanos();
        while (true) {
            try {
                open(url);
                return;
            } catch (FileError e) {
                if (System.nanoTime() - endNanos > 0) {
                    throw e;
                }
            }
        }
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "PD_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
    void tlsProvesWhoBothAre() throws Exception {
        Path own = Certificates.selfSigned(folder, "localhost");
        Path other = Certificates.selfSigned(folder, "other");
        try (TlsDriver driver = TlsDriver.start(
                Files.createDirectory(folder.resolve("driver")), Path.of(own + ".crt"), Path.of(own + ".key"))) {
            String url = "tikv://localhost:" + driver.port() + "/lab?ca=%s.crt&cert=%s.crt&key=%s.key";
            openUntilItAnswers(url.formatted(own, own, own));
            assertThatThrownBy(() -> open(url.formatted(other, own, own)))
                    .as("a driver that is not to be trusted")
                    .isInstanceOf(FileError.class)
                    .hasMessageContaining("localhost");
            assertThatThrownBy(() -> open("tikv://localhost:%d/lab?ca=%s.crt".formatted(driver.port(), own)))
                    .as("a client without a certificate")
                    .isInstanceOf(FileError.class);
            assertThatThrownBy(() -> open("tikv://localhost:%d/lab".formatted(driver.port())))
                    .as("a client without TLS")
                    .isInstanceOf(FileError.class);
        }
    }

    @Test
    void filesThatCannotBeUsedAreNamed() {
        assertThatThrownBy(() -> open("tikv://localhost:1/lab?ca=" + folder.resolve("none.crt")))
                .isInstanceOfSatisfying(
                        FileError.class, e -> assertThat(e.getMessage()).contains("none.crt"));
    }
}
