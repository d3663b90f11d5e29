package io.blockring.systemtests.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs programs as users do: as processes, with a deadline, judged by exit status and output. */
public final class Program {
    /** No command of a test runs longer, unless it says so. */
    public static final Duration LIMIT = Duration.ofMinutes(3);

    /** Options of the JVMs that stay for a while: nodes, mounts, the S3 server. The POM says why. */
    private static final List<String> STAYING =
            List.of(System.getProperty("blockring.staying.jvm", "").split(" ", -1)).stream()
                    .filter(option -> !option.isEmpty())
                    .toList();

    /** How long one that is told to end may take for it. */
    private static final Duration END_LIMIT = Duration.ofSeconds(30);

    /** What a program left behind. */
    public record Result(int exitStatus, String out, String err, Duration took) {
        /** This result, when the program ended well. */
        public Result orFail() {
            if (exitStatus != 0) {
                throw new AssertionError("exit status " + exitStatus + "\n" + out + err);
            }
            return this;
        }
    }

    private Program() {}

    /** The folder that this build's programs are laid out in. */
    public static Path appHome() {
        return App.HOME;
    }

    /** The command line of {@code cachectl} as this build made it. */
    public static List<String> cachectl(String heap, List<String> arguments) {
        return cachectl(App.HOME, heap, arguments);
    }

    /** The command line of {@code cachectl} as it is laid out in {@code home}. */
    public static List<String> cachectl(Path home, String heap, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(javaCommand(), heap, "-XX:+UseSerialGC"));
        command.addAll(heap.equals("-Xmx64m") ? List.of("-XX:TieredStopAtLevel=1") : STAYING);
        command.addAll(List.of(
                "-XX:AOTCache=" + home.resolve("commands.aot"),
                "-Xlog:disable",
                "-Xlog:all=error:stderr",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dblockring.home=" + home,
                "-Dblockring.log=" + (heap.equals("-Xmx64m") ? "OFF" : "WARN"), // programs that stay keep a log
                "-cp",
                home + "/lib/*",
                "io.blockring.cachectl.CacheCtl"));
        command.addAll(arguments);
        return command;
    }

    /** The command line of the S3 server as this build made it. */
    public static List<String> s3Server(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(javaCommand(), "-Xmx256m", "-XX:+UseSerialGC"));
        command.addAll(STAYING);
        command.addAll(List.of("-cp", App.HOME + "/s3-server/*", "io.blockring.s3server.S3Server"));
        command.addAll(arguments);
        return command;
    }

    /** The folder of the checkout under test. */
    public static Path checkout() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("build/jdk"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new AssertionError("not inside a checkout: " + Path.of("").toAbsolutePath());
            }
        }
        return folder;
    }

    public static String javaCommand() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** The environment in which a program gives the JVMs that it starts the options of those that stay. */
    public static Map<String, String> environmentOfStaying() {
        return STAYING.isEmpty() ? Map.of() : Map.of("JDK_JAVA_OPTIONS", String.join(" ", STAYING));
    }

    /** Runs {@code cachectl ARGUMENTS} to its end. */
    public static Result cachectl(Map<String, String> environment, String... arguments) {
        return run(environment, null, cachectl("-Xmx64m", List.of(arguments)));
    }

    /** Runs a command of this machine to its end, in {@code folder} when there is one. */
    public static Result run(Map<String, String> environment, @Nullable Path folder, List<String> command) {
        return run(environment, folder, command, LIMIT);
    }

    /** Runs a command that may take up to {@code limit}. */
    public static Result run(
            Map<String, String> environment, @Nullable Path folder, List<String> command, Duration limit) {
        long start = System.nanoTime();
        try {
            Path out = Files.createTempFile("blockring-test", ".out");
            Path err = Files.createTempFile("blockring-test", ".err");
            try {
                var builder = new ProcessBuilder(command)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
                if (folder != null) {
                    builder.directory(folder.toFile());
                }
                builder.environment().putAll(environment);
                Process process = builder.start();
                if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
                    end(process);
                    throw new AssertionError(
                            "still running after " + limit + ": " + command + "\n" + text(out) + text(err));
                }
                Duration took = Duration.ofNanos(System.nanoTime() - start);
                return new Result(process.exitValue(), text(out), text(err), took);
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted: " + command, e);
        }
    }

    /** Lets it end what it started; a command that does not even do that is killed. */
    private static void end(Process process) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(END_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }

    private static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }

    /** The programs as the launcher runs them, laid out once from what this build made. */
    private static final class App {
        static final Path HOME = Path.of(
                run(Map.of(), null, List.of(checkout().resolve("build/app").toString()))
                        .orFail()
                        .out()
                        .strip());
    }
}
