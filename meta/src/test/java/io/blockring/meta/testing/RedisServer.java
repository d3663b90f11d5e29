package io.blockring.meta.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** A redis-server of the machine on a port of loopback, in a folder of its own; it keeps nothing unless told to. */
public final class RedisServer implements AutoCloseable {
    private static final String PROGRAM = "redis-server";

    private final Path folder;
    private final @Nullable Path config;
    private final int port;
    private final List<String> options;
    private Process process;

    private RedisServer(Path folder, int port, List<String> options, @Nullable Path config) throws IOException {
        this.folder = folder;
        this.config = config;
        this.port = port;
        this.options = List.copyOf(options);
        this.process = launch();
    }

    /** Starts one with more options; where the machine has none, the test says so and is skipped. */
    public static RedisServer start(Path folder, String... options) throws IOException {
        Assumptions.assumeTrue(
                Programs.isInstalled(PROGRAM), "redis-server is not installed: apt-get install redis-server");
        Files.createDirectories(folder);
        return new RedisServer(folder, Programs.freePort(), List.of(options), null);
    }

    /** A Sentinel that watches the server on {@code port} by the name {@code master}, and decides alone. */
    public static RedisServer sentinel(Path folder, String master, int port) throws IOException {
        Files.createDirectories(folder);
        Path config = Files.writeString(folder.resolve("sentinel.conf"), """
                sentinel monitor %s 127.0.0.1 %d 1
                sentinel down-after-milliseconds %s 1000
                sentinel failover-timeout %s 10000
                """.formatted(master, port, master, master));
        return new RedisServer(folder, Programs.freePort(), List.of("--sentinel"), config);
    }

    private Process launch() throws IOException {
        var command = new ArrayList<>(List.of(PROGRAM));
        if (config != null) {
            command.add(config.toString());
        }
        command.addAll(List.of(
                "--bind",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--unixsocket",
                socket().toString(),
                "--dir",
                folder.toString(),
                "--save",
                ""));
        if (config == null) {
            command.addAll(List.of("--databases", "1000"));
        }
        command.addAll(options);
        Process started = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        Programs.awaitPort(started, port, folder.resolve("log"));
        return started;
    }

    public int port() {
        return port;
    }

    public Path socket() {
        return folder.resolve("redis.sock");
    }

    public long pid() {
        return process.pid();
    }

    /** The URL of a database. */
    public URI url(int database) {
        return URI.create("redis://127.0.0.1:" + port + "/" + database);
    }

    /** Ends it as kill -9 does. */
    public void kill() {
        Programs.kill(process);
    }

    /** Starts it again on the same port, after it was killed. */
    public void restart() {
        try {
            process = launch();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        kill();
    }
}
