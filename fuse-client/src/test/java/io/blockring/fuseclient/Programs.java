package io.blockring.fuseclient;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Runs the programs of a user for a test, each with a deadline. */
final class Programs {
    static final Duration DEADLINE = Duration.ofSeconds(60);

    private Programs() {}

    /** Output and exit code of a program that has ended. */
    record Result(int exitCode, String output) {}

    static Result run(String... command) throws Exception {
        Path output = Files.createTempFile("program", ".out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            if (!process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError(String.join(" ", command) + " does not end");
            }
            return new Result(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly();
            Files.delete(output);
        }
    }

    /** Runs a program that must succeed; its output. */
    static String succeed(String... command) throws Exception {
        Result result = run(command);
        if (result.exitCode() != 0) {
            throw new AssertionError(
                    "%s: exit %d: %s".formatted(String.join(" ", command), result.exitCode(), result.output()));
        }
        return result.output();
    }

    static boolean isThere(String path) {
        return Files.isExecutable(Path.of(path));
    }

    /** Ends a process at once, as a crash would, and waits until it is gone. */
    static void kill(Process process) throws IOException, InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IOException("process " + process.pid() + " cannot be killed");
        }
    }
}
