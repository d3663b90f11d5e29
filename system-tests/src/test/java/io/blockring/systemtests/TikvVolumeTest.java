package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.blockring.systemtests.rig.Await;
import io.blockring.systemtests.rig.Program;
import io.blockring.tikvclient.testing.TikvServers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** Two mounts of a volume in TiKV. */
@EnabledIfEnvironmentVariable(named = "PD_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
@EnabledIfEnvironmentVariable(named = "UNISTORE_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
class TikvVolumeTest extends TwoMountsContract {
    private TikvServers servers;

    @Override
    String startServer(Path folder) throws IOException {
        servers = TikvServers.start(folder);
        return "tikv://" + servers.driver() + "/labs/lab";
    }

    @Override
    void killAndRestartServer() throws IOException {
        servers.killStore();
        servers.restartStore();
    }

    @Override
    void stopServer() {
        if (servers != null) {
            servers.close();
        }
    }

    /** The small store takes 5 ms for a write. */
    @Test
    @Tag("long")
    void programsWorkAsOnRocksDb() {
        runPrograms();
    }

    @Test
    void describeSaysSinceWhenOldVersionsAreKept() {
        Instant made = Instant.now();
        Await.until(
                "a mount has moved the safe point",
                Program.LIMIT,
                () -> Instant.parse(described().path("metaVersionsSince").asText())
                        .isAfter(made.minusSeconds(4 * 3600)));
        assertThat(Instant.parse(described().path("metaVersionsSince").asText()))
                .isBefore(made.minusSeconds(2 * 3600));
        JsonNode status = cluster().describe(first()).orElseThrow();
        assertThat(status.path("metaVersionsSince")).isEqualTo(described().path("metaVersionsSince"));
    }

    private JsonNode described() {
        return cluster().json("volume", "describe", meta());
    }

    /** A killed mount may have left locks; the other goes on, and so does the next one. */
    @Test
    void aKilledMountStopsNobody() throws IOException {
        Path victim = cluster().mount(meta());
        for (int i = 0; i < 20; i++) {
            Files.writeString(victim.resolve("of-the-dead" + i), "kept" + i);
        }
        cluster().mountProcess(victim).kill();
        for (int i = 0; i < 20; i++) {
            assertThat(second().resolve("of-the-dead" + i)).hasContent("kept" + i);
            Files.writeString(first().resolve("of-the-dead" + i), "over" + i);
        }
    }

    @Test
    void anEmptyExtendedAttributeIsInvalid() throws IOException {
        Path file = Files.createFile(first().resolve("attributes"));
        assertThatThrownBy(() -> Files.setAttribute(file, "user:empty", ByteBuffer.allocate(0)))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("Invalid argument");
    }
}
