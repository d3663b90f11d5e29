package io.blockring.systemtests.s3faults;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The lines before the body of a request or an answer, which are passed on byte for byte: signatures cover them. */
final class HttpHead {
    private static final int MAX_BYTES = 64 << 10;
    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;
    private static final int LAST_INTERIM = 199;

    private final byte[] bytes;
    private final List<String> lines;

    private HttpHead(byte[] bytes) {
        this.bytes = bytes;
        this.lines = new String(bytes, StandardCharsets.ISO_8859_1).lines().toList();
    }

    /** The next head, or null when the other side has closed. */
    static @Nullable HttpHead read(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        int ended = 0; // how much of CR LF CR LF was seen
        while (ended < 4) {
            int b = in.read();
            if (b < 0) {
                if (head.size() == 0) {
                    return null;
                }
                throw new EOFException("the connection ended within a head");
            }
            head.write(b);
            boolean expected = b == (ended % 2 == 0 ? '\r' : '\n');
            ended = expected ? ended + 1 : b == '\r' ? 1 : 0;
            if (head.size() > MAX_BYTES) {
                throw new IOException("a head of more than " + MAX_BYTES + " bytes");
            }
        }
        return new HttpHead(head.toByteArray());
    }

    byte[] bytes() {
        return bytes.clone();
    }

    String method() {
        return lines.getFirst().split(" ", -1)[0];
    }

    String decodedPath() {
        String path = lines.getFirst().split(" ", -1)[1];
        int query = path.indexOf('?');
        String bare = query < 0 ? path : path.substring(0, query);
        return URLDecoder.decode(bare.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    int status() {
        return Integer.parseInt(lines.getFirst().split(" ", -1)[1]);
    }

    boolean isInterim() {
        return status() <= LAST_INTERIM;
    }

    boolean hasNoBody(HttpHead request) {
        return request.method().equals("HEAD") || isInterim() || status() == NO_CONTENT || status() == NOT_MODIFIED;
    }

    boolean isChunked() {
        return header("transfer-encoding").filter("chunked"::equalsIgnoreCase).isPresent();
    }

    boolean expectsContinue() {
        return header("expect").isPresent();
    }

    boolean closes() {
        return header("connection").filter("close"::equalsIgnoreCase).isPresent();
    }

    Optional<Long> contentLength() {
        return header("content-length").map(Long::valueOf);
    }

    private Optional<String> header(String name) {
        return lines.stream()
                .skip(1)
                .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst();
    }
}
