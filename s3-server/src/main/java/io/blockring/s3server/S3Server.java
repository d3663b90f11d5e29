package io.blockring.s3server;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.gaul.shaded.org.eclipse.jetty.server.Server;
import org.jspecify.annotations.Nullable;

/**
 * The process: serves the buckets of a directory until it is told to end. When it is ready it prints
 * <code>{"endpoint":"http://127.0.0.1:PORT"}</code>, one line and nothing else, to its standard output.
 */
public final class S3Server implements AutoCloseable {
    private static final int EXIT_USAGE = 2;
    private static final int EXIT_FAILURE = 1;
    private static final long STOP_TIMEOUT_MILLIS = 1_000;
    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");

    private final S3Proxy proxy;
    private final URI endpoint;
    private final @Nullable AccessLog accessLog;

    private S3Server(S3Proxy proxy, URI endpoint, @Nullable AccessLog accessLog) {
        this.proxy = proxy;
        this.endpoint = endpoint;
        this.accessLog = accessLog;
    }

    /** See {@link ServerOptions#USAGE}. */
    public static void main(String[] arguments) {
        try {
            ServerOptions options = ServerOptions.of(List.of(arguments), System.getenv());
            S3Server server = start(options);
            Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop"));
            System.out.println("{\"endpoint\":\"" + server.endpoint + "\"}");
            System.out.flush();
            awaitEnd(options);
        } catch (IllegalArgumentException e) {
            System.err.println("error: " + e.getMessage() + System.lineSeparator() + ServerOptions.USAGE);
            System.exit(EXIT_USAGE);
        } catch (Exception e) {
            System.err.println("error: the S3 server cannot run: " + e);
            System.exit(EXIT_FAILURE);
        }
    }

    static S3Server start(ServerOptions options) throws Exception {
        makeBuckets(options);
        String host = options.listen().getAddress().getHostAddress();
        String hostInUrl = host.contains(":") ? "[" + host + "]" : host;
        S3Proxy proxy = S3Proxy.builder()
                .blobStore(new StrictBlobStore(
                        new FilesystemNio2BlobStore(options.directory().toString())))
                .endpoint(URI.create(
                        "http://" + hostInUrl + ":" + options.listen().getPort()))
                .awsAuthentication(AuthenticationType.AWS_V4, options.accessKey(), options.secretKey())
                .stopTimeout(STOP_TIMEOUT_MILLIS)
                .build();
        Path logFile = options.accessLog();
        AccessLog accessLog = logFile == null ? null : AccessLog.open(logFile);
        jettyOf(proxy).setRequestLog(accessLog);
        proxy.start();
        return new S3Server(proxy, URI.create("http://" + hostInUrl + ":" + proxy.getPort()), accessLog);
    }

    URI endpoint() {
        return endpoint;
    }

    @Override
    public void close() {
        try {
            proxy.stop();
            if (accessLog != null) {
                accessLog.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException("the S3 server cannot be stopped", e);
        }
    }

    private static void makeBuckets(ServerOptions options) throws IOException {
        Path directory = Files.createDirectories(options.directory());
        for (String bucket : options.buckets()) {
            if (!BUCKET.matcher(bucket).matches()) {
                throw new IllegalArgumentException("no name of a bucket: '" + bucket + "'");
            }
            Files.createDirectories(directory.resolve(bucket));
        }
    }

    /** S3Proxy does not show the HTTP server in it, and only that one knows what a client got. */
    private static Server jettyOf(S3Proxy proxy) throws ReflectiveOperationException {
        Field server = S3Proxy.class.getDeclaredField("server");
        server.setAccessible(true);
        return (Server) server.get(proxy);
    }

    /** Waits for the end of the standard input, else for a signal. */
    private static void awaitEnd(ServerOptions options) throws IOException, InterruptedException {
        if (!options.exitWithStdin()) {
            new CountDownLatch(1).await();
        }
        InputStream input = System.in;
        while (input.read() >= 0) {}
        System.exit(0);
    }
}
