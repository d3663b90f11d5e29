package io.blockring.meta.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** An etcd of the machine, alone in its cluster, on ports of loopback and in a folder of its own. */
public final class EtcdServer implements AutoCloseable {
    private static final String PROGRAM = "etcd";

    private final Path folder;
    private final int port;
    private final List<String> command;
    private Process process;

    private EtcdServer(Path folder, int port, List<String> command) throws IOException {
        this.folder = folder;
        this.port = port;
        this.command = command;
        this.process = launch();
    }

    /** Starts one with more options; where the machine has none, the test says so and is skipped. */
    public static EtcdServer start(Path folder, String... options) throws IOException {
        Assumptions.assumeTrue(Programs.isInstalled(PROGRAM), "etcd is not installed: apt-get install etcd-server");
        Files.createDirectories(folder);
        int port = Programs.freePort();
        String clients = "://127.0.0.1:" + port;
        String peers = "http://127.0.0.1:" + Programs.freePort();
        boolean encrypted = List.of(options).stream().anyMatch(option -> option.startsWith("--cert-file="));
        var command = new ArrayList<>(List.of(
                PROGRAM,
                "--name=test",
                "--data-dir=" + folder.resolve("data"),
                "--listen-client-urls=" + (encrypted ? "https" : "http") + clients,
                "--advertise-client-urls=" + (encrypted ? "https" : "http") + clients,
                "--listen-peer-urls=" + peers,
                "--initial-advertise-peer-urls=" + peers,
                "--initial-cluster=test=" + peers,
                "--logger=zap"));
        command.addAll(List.of(options));
        return new EtcdServer(folder, port, List.copyOf(command));
    }

    private Process launch() throws IOException {
        Path log = folder.resolve("log");
        Process started = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Programs.awaitPort(started, port, log);
        return started;
    }

    public int port() {
        return port;
    }

    /** Asks it by HTTP: the JSON of one of its calls, or nothing for a page. */
    public String http(String path, @Nullable String json) throws IOException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Programs.PATIENCE);
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(
                    (json == null ? request : request.POST(BodyPublishers.ofString(json))).build(),
                    BodyHandlers.ofString());
            if (answer.statusCode() != HttpURLConnection.HTTP_OK) {
                throw new IOException(path + ": " + answer.body());
            }
            return answer.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** From now on it lets nobody in but root with this password. */
    public void askPasswords(String password) throws IOException {
        http("/v3/auth/user/add", "{\"name\": \"root\", \"password\": \"" + password + "\"}");
        http("/v3/auth/role/add", "{\"name\": \"root\"}");
        http("/v3/auth/user/grant", "{\"user\": \"root\", \"role\": \"root\"}");
        http("/v3/auth/enable", "{}");
    }

    /** Where a volume of this name is. */
    public URI url(String name) {
        return URI.create("etcd://127.0.0.1:" + port + "/" + name);
    }

    /** Ends it as kill -9 does. */
    public void kill() {
        Programs.kill(process);
    }

    /** Starts it again on the same port with what it had, after it was killed. */
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
