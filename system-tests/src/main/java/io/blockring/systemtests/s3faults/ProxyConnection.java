package io.blockring.systemtests.s3faults;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** One client's connection through the proxy and the one to the server that belongs to it. */
final class ProxyConnection implements Closeable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final int BUFFER_BYTES = 16 << 10;

    private final S3FaultProxy proxy;
    private final Socket client;
    private final Socket server = new Socket();

    ProxyConnection(S3FaultProxy proxy, Socket client) {
        this.proxy = proxy;
        this.client = client;
    }

    /** Passes requests on, one after the other, until one side or a fault ends it. */
    void serve(InetSocketAddress backend) throws IOException {
        client.setTcpNoDelay(true);
        var fromClient = new BufferedInputStream(client.getInputStream());
        for (HttpHead request; (request = HttpHead.read(fromClient)) != null; ) {
            Fault fault = proxy.faultOf(request);
            boolean open = switch (fault) {
                case null -> forward(request, fromClient, backend, null);
                case Fault.Answer answer -> answer(request, fromClient, answer);
                case Fault.Hang _ -> hang(fromClient);
                case Fault.Delay(Duration duration) -> {
                    proxy.pause(duration);
                    yield forward(request, fromClient, backend, null);
                }
                case Fault.HeldRequest held -> hold(request, fromClient, backend, held);
                case Fault.HeldAnswer _ -> forward(request, fromClient, backend, fault);
                case Fault.DropAnswer _ -> forward(request, fromClient, backend, fault);
                case Fault.OtherAnswer _ -> forward(request, fromClient, backend, fault);
                case Fault.Cut _ -> forward(request, fromClient, backend, fault);
                case Fault.Flip _ -> forward(request, fromClient, backend, fault);
            };
            if (!open) {
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        try (client) {
            server.close();
        }
    }

    /** Returns whether the connection can take another request. */
    private boolean forward(HttpHead request, InputStream fromClient, InetSocketAddress backend, @Nullable Fault fault)
            throws IOException {
        if (!server.isConnected()) {
            server.connect(backend, (int) CONNECT_TIMEOUT.toMillis());
            server.setTcpNoDelay(true);
        }
        OutputStream toServer = server.getOutputStream();
        InputStream fromServer = server.getInputStream();
        toServer.write(request.bytes());
        boolean bodySent = !request.expectsContinue();
        if (bodySent) {
            passRequestBody(request, fromClient, toServer);
        }
        HttpHead answer = readAnswer(fromServer);
        while (answer.isInterim()) {
            client.getOutputStream().write(answer.bytes());
            if (!bodySent) {
                bodySent = true;
                passRequestBody(request, fromClient, toServer);
            }
            answer = readAnswer(fromServer);
        }
        if (fault instanceof Fault.DropAnswer) {
            return false;
        }
        if (fault instanceof Fault.OtherAnswer(int status, String code)) {
            say(request, status, code);
            return false;
        }
        if (fault instanceof Fault.HeldAnswer(CountDownLatch until)) {
            proxy.hold(until);
        }
        client.getOutputStream().write(answer.bytes());
        boolean whole = passAnswerBody(request, answer, fromServer, fault);
        return whole && bodySent && !answer.closes() && !request.closes();
    }

    /** Takes the whole request, so that nothing more of its client is needed, and passes it on later. */
    private boolean hold(HttpHead request, InputStream fromClient, InetSocketAddress backend, Fault.HeldRequest held)
            throws IOException {
        if (request.expectsContinue()) {
            client.getOutputStream().write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        var body = new ByteArrayOutputStream();
        passRequestBody(request, fromClient, body);
        held.whole().countDown();
        proxy.hold(held.until());
        return forward(request, new ByteArrayInputStream(body.toByteArray()), backend, null);
    }

    private static HttpHead readAnswer(InputStream fromServer) throws IOException {
        HttpHead answer = HttpHead.read(fromServer);
        if (answer == null) {
            throw new EOFException("the server closed the connection");
        }
        return answer;
    }

    private void passRequestBody(HttpHead request, InputStream fromClient, OutputStream toServer) throws IOException {
        var all = new BodyFault(null);
        if (request.isChunked()) {
            all.passChunks(fromClient, toServer);
        } else {
            all.pass(fromClient, toServer, request.contentLength().orElse(0L));
        }
    }

    private boolean passAnswerBody(HttpHead request, HttpHead answer, InputStream fromServer, @Nullable Fault fault)
            throws IOException {
        if (answer.hasNoBody(request)) {
            return true;
        }
        var body = new BodyFault(fault);
        OutputStream toClient = client.getOutputStream();
        if (answer.isChunked()) {
            return body.passChunks(fromServer, toClient);
        }
        if (answer.contentLength().isPresent()) {
            return body.pass(fromServer, toClient, answer.contentLength().get());
        }
        body.pass(fromServer, toClient, Long.MAX_VALUE);
        return false;
    }

    private boolean answer(HttpHead request, InputStream fromClient, Fault.Answer fault) throws IOException {
        if (!request.expectsContinue()) {
            passRequestBody(request, fromClient, OutputStream.nullOutputStream());
        }
        say(request, fault.status(), fault.code());
        return !request.expectsContinue();
    }

    private void say(HttpHead request, int status, String code) throws IOException {
        String xml =
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>%s</Code><Message>by the fault proxy</Message></Error>"
                        .formatted(code);
        String body = request.method().equals("HEAD") ? "" : xml;
        String answer = "HTTP/1.1 %d Fault\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(status, body.length(), body);
        client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
    }

    /** Takes what comes and says nothing. */
    private static boolean hang(InputStream fromClient) throws IOException {
        while (fromClient.read() >= 0) {}
        return false;
    }

    /** Passes bytes on, but for what its fault does to them. */
    private final class BodyFault {
        private final @Nullable Fault fault;
        private long passed;

        BodyFault(@Nullable Fault fault) {
            this.fault = fault;
        }

        /** Passes {@code count} bytes, or all that come if they are fewer; returns whether none was held back. */
        boolean pass(InputStream in, OutputStream out, long count) throws IOException {
            byte[] buffer = new byte[BUFFER_BYTES];
            long remaining = count;
            while (remaining > 0) {
                int read = in.read(buffer, 0, (int) Math.min(buffer.length, remaining));
                if (read < 0) {
                    return count == Long.MAX_VALUE;
                }
                proxy.throttle(read);
                int allowed = (int) Math.min(read, fault instanceof Fault.Cut(long after) ? after - passed : read);
                if (fault instanceof Fault.Flip(long at) && at >= passed && at < passed + read) {
                    buffer[(int) (at - passed)] ^= 1;
                }
                out.write(buffer, 0, allowed);
                passed += read;
                remaining -= read;
                if (allowed < read) {
                    return false;
                }
            }
            return true;
        }

        /** Each chunk is its size in hexadecimal, a line end, its bytes, a line end; the last has no byte. */
        boolean passChunks(InputStream in, OutputStream out) throws IOException {
            while (true) {
                String line = readLine(in);
                out.write((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
                long size = Long.parseLong(line.split(";", -1)[0].strip(), 16);
                if (size > 0 && !pass(in, out, size)) {
                    return false;
                }
                String end = readLine(in);
                while (size == 0 && !end.isEmpty()) { // trailers
                    out.write((end + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
                    end = readLine(in);
                }
                out.write("\r\n".getBytes(StandardCharsets.ISO_8859_1));
                if (size == 0) {
                    return true;
                }
            }
        }

        private static String readLine(InputStream in) throws IOException {
            var line = new StringBuilder();
            for (int b; (b = in.read()) != '\n'; ) {
                if (b < 0 || line.length() > BUFFER_BYTES) {
                    throw new EOFException("no end of a line");
                }
                line.append((char) b);
            }
            return line.toString().stripTrailing();
        }
    }
}
