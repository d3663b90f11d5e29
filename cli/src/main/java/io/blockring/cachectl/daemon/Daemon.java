package io.blockring.cachectl.daemon;

import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.ExitCode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * One program started in the background: its process, and the log that its output goes to.
 *
 * @param logStart where the log stood when the program was started, in bytes
 */
public record Daemon(String name, Process process, Path log, long logStart) {
    /** How often a program that starts is asked whether it is ready. */
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(25);

    /** How much of the end of a log is searched for the reason of a failure, in bytes. */
    private static final int LOG_TAIL_BYTES = 16 << 10;

    /** Starts {@code command} with its output appended to {@code log}. */
    public static Daemon start(String name, List<String> command, Map<String, String> environment, Path log)
            throws IOException {
        Files.createDirectories(log.toAbsolutePath().getParent());
        long logStart = Files.exists(log) ? Files.size(log) : 0;
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        return new Daemon(name, builder.start(), log, logStart);
    }

    /**
     * Waits until {@code probe} finds the program ready.
     *
     * @throws CommandFailure when it ended first, with the reason it gave; or when it was not ready in time
     */
    public <T> T awaitReady(Duration limit, Supplier<Optional<T>> probe) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            Optional<T> ready = probe.get();
            if (ready.isPresent()) {
                return ready.get();
            }
            if (process.waitFor(PROBE_INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                throw whyItEnded();
            }
            if (System.nanoTime() > deadline) {
                throw new CommandFailure(
                        ExitCode.UNREACHABLE,
                        "NOT_READY",
                        name + " was not ready after " + limit.toSeconds() + " s",
                        "it still runs as process " + process.pid(),
                        "less " + log);
            }
        }
    }

    /** What the program wrote since it was started; at most the last part of it. */
    public String output() {
        try (var file = new RandomAccessFile(log.toFile(), "r")) {
            long start = Math.max(logStart, file.length() - LOG_TAIL_BYTES);
            byte[] tail = new byte[(int) (file.length() - start)];
            file.seek(start);
            file.readFully(tail);
            return new String(tail, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    private CommandFailure whyItEnded() {
        List<String> lines = output().lines().toList();
        Optional<String> error = last(lines, "error: ");
        ExitCode exitCode = ExitCode.UNEXPECTED;
        for (ExitCode known : ExitCode.values()) {
            if (known.status() == process.exitValue()) {
                exitCode = known;
            }
        }
        return new CommandFailure(
                exitCode == ExitCode.OK ? ExitCode.UNEXPECTED : exitCode,
                "ENDED",
                error.orElse(name + " ended while it started, with exit status " + process.exitValue()),
                last(lines, "why: ").orElseGet(() -> lines.isEmpty() ? "it said nothing" : lines.getLast()),
                last(lines, "try: ").orElse("less " + log));
    }

    private static Optional<String> last(List<String> lines, String label) {
        return lines.stream()
                .filter(line -> line.startsWith(label))
                .reduce((earlier, later) -> later)
                .map(line -> line.substring(label.length()));
    }

    /** Asks the process to end, and kills it when it has not by {@code grace}. */
    public static void stop(ProcessHandle process, Duration grace) {
        process.destroy();
        try {
            process.onExit().get(grace.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            process.destroyForcibly();
        }
    }
}
