package io.blockring.s3server;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Objects;
import org.gaul.shaded.org.eclipse.jetty.server.Request;
import org.gaul.shaded.org.eclipse.jetty.server.RequestLog;
import org.gaul.shaded.org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * One line for each request, once its answer has been handed to the network, and flushed at once:
 *
 * <pre>
 * 2026-11-22T07:00:00.123456Z GET /bucket/lab/chunks/0/0/1_0_4194304 206 1048576 bytes=0-1048575 -
 * time                        method path                            status body bytes   range   query
 * </pre>
 *
 * <p>Six spaces, always: in a path every byte but letters, digits and {@code -._~/} is {@code %XX}, however the client
 * wrote it; what is absent is {@code -}. Since a client has its answer before the line is there, who counts lines waits
 * for the last one.
 */
final class AccessLog implements RequestLog, AutoCloseable {
    private static final String PLAIN = "-._~/";

    private final BufferedWriter lines;

    private AccessLog(BufferedWriter lines) {
        this.lines = lines;
    }

    static AccessLog open(Path file) throws IOException {
        return new AccessLog(Files.newBufferedWriter(
                file, StandardCharsets.US_ASCII, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    }

    @Override
    public void log(Request request, Response response) {
        String line = String.join(
                " ",
                Instant.now().toString(),
                request.getMethod(),
                canonical(Objects.requireNonNullElse(request.getHttpURI().getPath(), "/")),
                Integer.toString(response.getStatus()),
                Long.toString(Response.getContentBytesWritten(response)),
                field(request.getHeaders().get("Range")),
                field(request.getHttpURI().getQuery()));
        write(line);
    }

    @Override
    public synchronized void close() throws IOException {
        lines.close();
    }

    /** One way to write a path, whatever the client's. */
    static String canonical(String path) {
        var encoded = new StringBuilder();
        for (byte b : decoded(path).getBytes(StandardCharsets.UTF_8)) {
            boolean letterOrDigit = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9');
            if (letterOrDigit || PLAIN.indexOf(b) >= 0) {
                encoded.append((char) b);
            } else {
                encoded.append("%%%02X".formatted(b));
            }
        }
        return encoded.toString();
    }

    private static String decoded(String path) {
        try {
            return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return path; // nobody can decode it, so it is refused, and logged as it is
        }
    }

    private static String field(@Nullable String value) {
        return value == null || value.isEmpty() ? "-" : value.replace(' ', '_');
    }

    private synchronized void write(String line) {
        try {
            lines.write(line);
            lines.write("\n");
            lines.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
