package io.blockring.systemtests.s3faults;

import io.blockring.objectstore.Credentials;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The {@code s3-server} that the build made, as a process that ends with this one. */
public final class S3ServerProcess implements AutoCloseable {
    private static final Duration START_TIMEOUT = Duration.ofSeconds(90);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);
    private static final Pattern READY = Pattern.compile("\\{\"endpoint\":\"(http://[^\"]+)\"}");

    private final Process process;
    private final Path directory;
    private final Credentials credentials;
    private final URI endpoint;

    private S3ServerProcess(Process process, Path directory, Credentials credentials, URI endpoint) {
        this.process = process;
        this.directory = directory;
        this.credentials = credentials;
        this.endpoint = endpoint;
    }

    /**
     * Starts it with its data in {@code directory/data}, its access log and its errors beside that.
     *
     * @throws IOException when it cannot be started, with what it wrote to its standard error
     */
    public static S3ServerProcess start(Path directory, List<String> buckets) throws IOException {
        return start(directory, buckets, 0);
    }

    /** Starts it on a port that it had before; zero is any. */
    public static S3ServerProcess start(Path directory, List<String> buckets, int port) throws IOException {
        var credentials = new Credentials("local", "local-secret-key");
        var builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(),
                "io.blockring.s3server.S3Server",
                "--listen",
                "127.0.0.1:" + port,
                "--dir",
                directory.resolve("data").toString(),
                "--buckets",
                String.join(",", buckets),
                "--access-log",
                directory.resolve("access.log").toString(),
                "--exit-with-stdin");
        builder.environment().put("BLOCKRING_ACCESS_KEY", credentials.accessKey());
        builder.environment().put("BLOCKRING_SECRET_KEY", credentials.secretKey());
        builder.environment().put("LC_ALL", "C.UTF-8"); // names of files follow the locale
        Path errors = directory.resolve("s3-server.log");
        builder.redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()));
        Process process = builder.start();
        try {
            return new S3ServerProcess(process, directory, credentials, awaitReady(process, errors));
        } catch (IOException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** Where it listens. */
    public URI endpoint() {
        return endpoint;
    }

    /** The keys that it knows. */
    public Credentials credentials() {
        return credentials;
    }

    /** What clients got from it. */
    public S3AccessLog accessLog() {
        return new S3AccessLog(directory.resolve("access.log"));
    }

    /** The folder of a bucket. */
    public Path bucket(String name) {
        return directory.resolve("data").resolve(name);
    }

    /** For signals. */
    public ProcessHandle handle() {
        return process.toHandle();
    }

    /** Closes its standard input, as the death of this process would. */
    public void hangUp() throws IOException {
        process.getOutputStream().close();
    }

    /** Ends it with SIGTERM; with SIGKILL when it takes too long. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }

    private static URI awaitReady(Process process, Path errors) throws IOException {
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        var line = new CompletableFuture<String>();
        Thread.ofVirtual().start(() -> {
            try {
                line.complete(String.valueOf(output.readLine()));
            } catch (IOException e) {
                line.completeExceptionally(e);
            }
        });
        try {
            String ready = line.get(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            Matcher matcher = READY.matcher(ready);
            if (matcher.matches()) {
                return URI.create(matcher.group(1));
            }
            throw new IOException("the S3 server said '" + ready + "': " + Files.readString(errors));
        } catch (TimeoutException | ExecutionException e) {
            throw new IOException("the S3 server does not start: " + Files.readString(errors), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the S3 server starts", e);
        }
    }

    private static String classPath() throws IOException {
        Path target = repository().resolve("s3-server/target");
        if (!Files.isDirectory(target.resolve("lib"))) {
            throw new IOException("the s3-server is not built: no " + target.resolve("lib")
                    + "; build it with: build/maven -pl s3-server package");
        }
        try (Stream<Path> jars = Files.list(target)) {
            Path jar = jars.filter(path -> path.getFileName().toString().matches("blockring-s3-server-[0-9.]+\\.jar"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no jar of the s3-server in " + target));
            return jar + ":" + target.resolve("lib") + "/*";
        }
    }

    /** Tests run in the folder of their module. */
    private static Path repository() throws IOException {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("s3-server/pom.xml"))) {
                return folder;
            }
        }
        throw new IOException("not inside the repository: " + Path.of("").toAbsolutePath());
    }
}
