package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStore.PutCondition.ALWAYS;
import static io.blockring.objectstore.ObjectStore.PutCondition.IF_ABSENT;
import static io.blockring.objectstore.testing.Objects.assertFails;
import static io.blockring.objectstore.testing.Objects.put;
import static io.blockring.objectstore.testing.Objects.someBytes;
import static io.blockring.objectstore.testing.Objects.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.blockring.objectstore.ObjectStoreException.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What it makes of the answers of an endpoint that says what it is told to. */
@Timeout(60)
class S3ObjectStoreTest {
    private static final S3Settings IMPATIENT =
            new S3Settings(8, Duration.ofSeconds(2), Duration.ofMillis(400), Duration.ofMillis(800));

    private interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    private record Seen(String method, String path, com.sun.net.httpserver.Headers headers) {}

    private final List<Seen> seen = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile Answer answer = exchange -> respond(exchange, 200, "");
    private HttpServer server;
    private S3ObjectStore store;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            seen.add(new Seen(
                    exchange.getRequestMethod(), exchange.getRequestURI().getRawPath(), exchange.getRequestHeaders()));
            exchange.getRequestBody().readAllBytes();
            answer.to(exchange);
        });
        server.start();
        store = open(server.getAddress().getPort(), S3Settings.DEFAULTS);
    }

    @AfterEach
    void stop() {
        ended.countDown();
        store.close();
        server.stop(0);
        threads.shutdownNow();
    }

    @Test
    void anAnswerSaysWhatToDo() {
        //        status, code,                        reads,           puts,         puts if absent
        assertKinds(403, "SignatureDoesNotMatch", Kind.DENIED, Kind.DENIED, Kind.DENIED);
        assertKinds(403, "InvalidAccessKeyId", Kind.DENIED, Kind.DENIED, Kind.DENIED);
        assertKinds(400, "ExpiredToken", Kind.DENIED, Kind.DENIED, Kind.DENIED);
        assertKinds(404, "NoSuchBucket", Kind.NO_BUCKET, Kind.NO_BUCKET, Kind.NO_BUCKET);
        assertKinds(301, "PermanentRedirect", Kind.NO_BUCKET, Kind.NO_BUCKET, Kind.NO_BUCKET);
        assertKinds(503, "SlowDown", Kind.RETRY, Kind.RETRY, Kind.RETRY);
        assertKinds(429, "TooManyRequests", Kind.RETRY, Kind.RETRY, Kind.RETRY);
        assertKinds(503, "ServiceUnavailable", Kind.RETRY, Kind.UNCLEAR, Kind.UNCLEAR);
        assertKinds(500, "InternalError", Kind.RETRY, Kind.UNCLEAR, Kind.UNCLEAR);
        assertKinds(504, "", Kind.RETRY, Kind.UNCLEAR, Kind.UNCLEAR);
        assertKinds(400, "RequestTimeout", Kind.RETRY, Kind.RETRY, Kind.RETRY);
        assertKinds(400, "BadDigest", Kind.RETRY, Kind.RETRY, Kind.RETRY);
        assertKinds(409, "ConditionalRequestConflict", Kind.RETRY, Kind.RETRY, Kind.RETRY);
        assertKinds(412, "PreconditionFailed", Kind.CHANGED, Kind.EXISTS, Kind.EXISTS);
        assertKinds(400, "InvalidArgument", Kind.INVALID, Kind.INVALID, Kind.INVALID);
        assertKinds(416, "InvalidRange", Kind.INVALID, Kind.INVALID, Kind.INVALID);
        assertKinds(501, "NotImplemented", Kind.INVALID, Kind.INVALID, Kind.INVALID);
    }

    @Test
    void nothingIsRepeated() {
        answer = exchange -> error(exchange, 500, "InternalError");
        assertFails(Kind.RETRY, () -> store.get("o", 0, 1, null));
        assertFails(Kind.UNCLEAR, () -> put(store, "o", "x", IF_ABSENT));
        assertFails(Kind.RETRY, () -> store.list("", null, 1));
        assertThat(seen).extracting(Seen::method).containsExactly("GET", "PUT", "GET");
    }

    @Test
    void anAbsentObjectIsOnlyBelievedOfABucketThatIsThere() throws Exception {
        answer = exchange -> {
            boolean bucket = exchange.getRequestURI().getPath().matches("/lab/?");
            respond(exchange, bucket ? 200 : 404, "");
        };
        assertThat(store.head("o")).isEmpty();
        answer = exchange -> respond(exchange, 404, "");
        assertFails(Kind.NO_BUCKET, () -> store.head("o"));
    }

    @Test
    void aPutIsOnePlainRequestWithTheChecksumOfItsBytes() throws Exception {
        answer = exchange -> {
            exchange.getResponseHeaders().set("ETag", "\"e1\"");
            respond(exchange, 200, "");
        };
        byte[] bytes = someBytes(300_000, 1);
        assertThat(put(store, "a b/é", bytes, IF_ABSENT)).isEqualTo("e1");
        var crc = new CRC32C();
        crc.update(bytes);
        var headers = seen.getFirst().headers();
        assertThat(seen.getFirst().path()).isEqualTo("/lab/a%20b/%C3%A9");
        assertThat(headers.getFirst("If-None-Match")).isEqualTo("*");
        assertThat(headers.getFirst("x-amz-meta-blockring-crc32c")).isEqualTo("%08x".formatted(crc.getValue()));
        assertThat(headers.getFirst("Content-Length")).isEqualTo("300000");
        assertThat(headers).doesNotContainKeys("X-amz-trailer", "Expect", "X-amz-checksum-crc32c", "Content-encoding");
        put(store, "o", "x", ALWAYS);
        assertThat(seen.getLast().headers()).doesNotContainKey("If-none-match");
    }

    @Test
    void anEndpointThatKnowsNoRangesIsNotTrusted() {
        answer = exchange -> content(exchange, 200, "0123456789", null);
        assertFails(Kind.INVALID, () -> store.get("o", 3, 4, null));
        assertFails(Kind.INVALID, () -> store.get("o", 0, 4, null));
        answer = exchange -> content(exchange, 206, "0123", "bytes 0-3/10");
        assertFails(Kind.INVALID, () -> store.get("o", 3, 4, null));
    }

    @Test
    void bytesThatAreNotThoseThatWerePutAreFound() throws Exception {
        answer = exchange -> {
            exchange.getResponseHeaders().set("x-amz-meta-blockring-crc32c", "e3069283"); // of 123456789
            content(exchange, 206, "123456789", "bytes 0-8/9");
        };
        assertThat(text(store, "o")).isEqualTo("123456789");
        answer = exchange -> {
            exchange.getResponseHeaders().set("x-amz-meta-blockring-crc32c", "e3069283");
            content(exchange, 206, "123456788", "bytes 0-8/9");
        };
        assertFails(Kind.CHANGED, () -> text(store, "o"));
    }

    @Test
    void aListingOutOfOrderIsNotTrusted() throws Exception {
        answer = exchange -> respond(exchange, 200, listing("a", "b", "c"));
        assertThat(store.list("", null, 10))
                .extracting(ObjectStore.ObjectInfo::key)
                .containsExactly("a", "b", "c");
        answer = exchange -> respond(exchange, 200, listing("b", "a"));
        assertFails(Kind.INVALID, () -> store.list("", null, 10));
        assertFails(Kind.INVALID, () -> store.list("", "c", 10));
    }

    @Test
    void anEndpointThatSaysNothingIsGivenUpInTime() throws Exception {
        answer = exchange -> {
            try {
                assertThat(ended.await(1, TimeUnit.MINUTES)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        };
        S3ObjectStore impatient = open(server.getAddress().getPort(), IMPATIENT);
        long start = System.nanoTime();
        assertFails(Kind.RETRY, () -> impatient.get("o", 0, 1, null));
        assertFails(Kind.RETRY, () -> impatient.head("o"));
        assertFails(Kind.UNCLEAR, () -> put(impatient, "o", "x", IF_ABSENT));
        assertFails(Kind.UNCLEAR, () -> put(impatient, "o", "", IF_ABSENT));
        assertFails(Kind.UNCLEAR, () -> impatient.delete("o"));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
        impatient.close();
    }

    @Test
    void aBodyThatStopsIsGivenUpInTime() throws Exception {
        answer = exchange -> {
            exchange.getResponseHeaders().set("ETag", "\"e1\"");
            exchange.getResponseHeaders().set("Content-Range", "bytes 0-9/10");
            exchange.sendResponseHeaders(206, 10);
            exchange.getResponseBody().write("01234".getBytes(UTF_8));
            exchange.getResponseBody().flush();
        };
        try (S3ObjectStore impatient = open(server.getAddress().getPort(), IMPATIENT)) {
            assertFails(Kind.RETRY, () -> text(impatient, "o"));
        }
    }

    @Test
    void anEndpointThatIsNotThereHadNoEffect() throws Exception {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        try (var nobody = open(port, S3Settings.DEFAULTS)) {
            long start = System.nanoTime();
            for (int i = 0; i < 30; i++) {
                assertFails(Kind.RETRY, () -> nobody.get("o", 0, 1, null));
                assertFails(Kind.RETRY, () -> put(nobody, "o", "x", IF_ABSENT));
                assertFails(Kind.RETRY, () -> nobody.delete("o"));
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("none waits for its time-out")
                    .isLessThan(S3Settings.DEFAULTS.requestTimeout());
        }
    }

    private void assertKinds(int status, String code, Kind reads, Kind puts, Kind putsIfAbsent) {
        answer = exchange -> error(exchange, status, code);
        assertFails(reads, () -> store.get("o", 0, 1, "e"));
        assertFails(puts, () -> put(store, "o", someBytes(200_000, 1), ALWAYS));
        assertFails(putsIfAbsent, () -> put(store, "o", "x", IF_ABSENT));
    }

    private static S3ObjectStore open(int port, S3Settings settings) throws ObjectStoreException {
        var address = (StoreAddress.S3) StoreAddress.parse("s3://lab", "http://127.0.0.1:" + port, null);
        return S3ObjectStore.open(address, new Credentials("me", "s3cret"), settings);
    }

    private static void content(HttpExchange exchange, int status, String body, @Nullable String range)
            throws IOException {
        exchange.getResponseHeaders().set("ETag", "\"e1\"");
        if (range != null) {
            exchange.getResponseHeaders().set("Content-Range", range);
        }
        respond(exchange, status, body);
    }

    private static void error(HttpExchange exchange, int status, String code) throws IOException {
        respond(exchange, status, code.isEmpty() ? "" : "<Error><Code>" + code + "</Code></Error>");
    }

    private static String listing(String... keys) {
        var xml = new StringBuilder("<ListBucketResult><IsTruncated>false</IsTruncated>");
        for (String key : keys) {
            xml.append("<Contents><Key>%s</Key><Size>1</Size><ETag>\"e\"</ETag></Contents>".formatted(key));
        }
        return xml.append("</ListBucketResult>").toString();
    }

    private static void respond(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head || bytes.length == 0 ? -1 : bytes.length);
        if (!head) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }
}
