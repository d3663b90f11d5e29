package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RealMounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job on real input: an S3 server, three nodes and a mount, from one command. */
class QuickstartTest {
    /** Twenty seconds of work, on a machine that has other things to do. */
    private static final Duration LIMIT = Duration.ofMinutes(10);

    @TempDir
    private Path folder;

    @Test
    void theWarmReadAsksNothingOfTheObjectStore() throws IOException {
        RealMounts.require();
        assertHeld(quickstart(), true);
    }

    @Test
    void theWarmReadNeedsNoObjectStoreAtAll() throws IOException {
        RealMounts.require();
        assertHeld(quickstart("--stop-store"), true);
    }

    @Test
    void theSameHoldsThroughTheLibrary() throws IOException {
        assertHeld(quickstart("--no-mount"), false);
    }

    private JsonNode quickstart(String... options) throws IOException {
        Path place = folder.resolve("quickstart");
        String[] arguments = new String[5 + options.length];
        System.arraycopy(
                new String[] {"quickstart", "--check", "-ojson", "--dir", place.toString()}, 0, arguments, 0, 5);
        System.arraycopy(options, 0, arguments, 5, options.length);
        List<String> command = Program.cachectl("-Xmx64m", List.of(arguments));
        var result = Program.run(Program.environmentOfStaying(), null, command, LIMIT);
        assertThat(result.exitStatus()).as(result.out() + result.err()).isZero();
        assertThat(Files.exists(place)).as("all of it is undone").isFalse();
        return new ObjectMapper().readTree(result.out());
    }

    private static void assertHeld(JsonNode report, boolean mount) {
        assertThat(report.path("equal").asBoolean()).isTrue();
        assertThat(report.path("mount").asBoolean()).isEqualTo(mount);
        long bytes = report.path("dataset").path("bytes").asLong();
        assertThat(report.path("dataset").path("files").asInt()).isEqualTo(1008);
        assertThat(report.path("cold").path("objectGets").asLong()).isPositive();
        assertThat(report.path("warmup").path("fetchedBytes").asLong()).isEqualTo(bytes);
        assertThat(report.path("warmup").path("mostFetchesOfOneBlock").asLong()).isEqualTo(1);
        JsonNode warm = report.path("warm");
        assertThat(warm.path("objectGets").asLong(-1)).isZero();
        long sum = 0;
        for (JsonNode source : warm.path("sources")) {
            sum += source.asLong();
        }
        assertThat(sum).isEqualTo(bytes);
        assertThat(warm.path("sources").path("kernel").asLong(-1)).isZero();
        assertThat(warm.path("sources").path("local").asLong(-1)).isZero();
        assertThat(warm.path("nodes"))
                .hasSize(3)
                .allSatisfy(node -> assertThat(node.asLong()).isPositive());
        assertThat(report.path("disagreements")).isEmpty();
    }
}
