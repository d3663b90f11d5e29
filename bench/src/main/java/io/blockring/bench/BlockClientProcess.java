package io.blockring.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.TestCluster;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link BlockClient} in a process of its own, with the heap of a mount. */
final class BlockClientProcess implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int END_SECONDS = 20;

    private final Process process;
    private final BufferedReader answers;
    private final Writer lines;

    private BlockClientProcess(Process process) {
        this.process = process;
        this.answers = process.inputReader();
        this.lines = process.outputWriter();
    }

    /** Starts a client of the node's volume. */
    static BlockClientProcess start(OneNode node, long bytes) throws IOException {
        JsonNode volume = node.volume();
        List<String> command = List.of(
                Program.javaCommand(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                BlockClient.class.getName(),
                volume.path("storage").asText(),
                volume.path("bucket").asText(),
                volume.path("name").asText(),
                volume.path("hashPrefix").asText(),
                volume.path("uuid").asText(),
                TestCluster.GROUP,
                node.cluster().seeds(),
                Long.toString(bytes / Pattern.BLOCK_BYTES));
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(TestCluster.keys());
        return new BlockClientProcess(builder.start());
    }

    long pid() {
        return process.pid();
    }

    /** Does one line of {@link BlockClient}. */
    BlockClient.Done does(String line) throws IOException {
        lines.write(line + "\n");
        lines.flush();
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("the client broke at: " + line);
        }
        return JSON.readValue(answer, BlockClient.Done.class);
    }

    /** The same, and fails unless the tiers of the node gave all of {@code bytes}. */
    BlockClient.Done fromTheNode(String line, long bytes) throws IOException {
        BlockClient.Done done = does(line);
        if (done.nodeBytes() != bytes || done.storeBytes() != 0) {
            throw new IOException("not " + bytes + " bytes from the node: " + done);
        }
        return done;
    }

    @Override
    public void close() throws IOException {
        try (lines;
                answers) {
            lines.flush();
        } finally {
            awaitEnd();
        }
    }

    private void awaitEnd() throws IOException {
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("the client does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }
}
