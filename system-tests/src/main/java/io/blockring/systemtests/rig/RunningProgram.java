package io.blockring.systemtests.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A program that runs until its test ends it, by its id. */
public final class RunningProgram implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

    private final String name;
    private final Process process;
    private final Path log;

    /** How much of the log is of programs before this one. */
    private final int logBefore;

    private RunningProgram(String name, Process process, Path log, int logBefore) {
        this.name = name;
        this.process = process;
        this.log = log;
        this.logBefore = logBefore;
    }

    /** Starts {@code command}, its output going to {@code log}. */
    public static RunningProgram start(String name, List<String> command, Map<String, String> environment, Path log) {
        try {
            int logBefore = Files.exists(log) ? text(log).length() : 0;
            var builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.environment().putAll(environment);
            return new RunningProgram(name, builder.start(), log, logBefore);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until {@code probe} finds what it looks for; fails when the program ends first or time runs out. */
    public <T> T await(String what, Supplier<Optional<T>> probe) {
        return Await.untilPresent(name + ": " + what, START_LIMIT, () -> {
            Optional<T> found = probe.get();
            if (found.isEmpty() && !process.isAlive()) {
                throw new AssertionError(name + " ended with exit status " + process.exitValue() + "\n" + output());
            }
            return found;
        });
    }

    /** Waits until it has said {@code text}, which costs less than asking it by a command again and again. */
    public void awaitOutput(String text) {
        await(
                "that it says '" + text + "'",
                () -> output().indexOf(text, logBefore) >= 0 ? Optional.of(true) : Optional.empty());
    }

    /** What its log has, of programs before it too. */
    public String output() {
        try {
            return text(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path log) throws IOException {
        return Files.readString(log, StandardCharsets.UTF_8);
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** {@code kill -9}, and waits until the process is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** Sends a signal by its name, such as STOP or CONT. */
    public void signal(String signal) {
        Program.run(Map.of(), null, List.of("kill", "-" + signal, Long.toString(process.pid())))
                .orFail();
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(name + " does not end\n" + output());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }

    /** Asks the program to end and waits for it. */
    @Override
    public void close() {
        process.destroy();
        awaitEnd();
    }
}
