package io.blockring.systemtests.s3faults;

import static io.blockring.objectstore.ObjectStore.PutCondition.ALWAYS;
import static io.blockring.objectstore.ObjectStore.PutCondition.IF_ABSENT;
import static io.blockring.objectstore.testing.Objects.assertFails;
import static io.blockring.objectstore.testing.Objects.bytes;
import static io.blockring.objectstore.testing.Objects.put;
import static io.blockring.objectstore.testing.Objects.remaining;
import static io.blockring.objectstore.testing.Objects.someBytes;
import static io.blockring.objectstore.testing.Objects.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.objectstore.Credentials;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStore.ObjectContent;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.ObjectStoreException.Kind;
import io.blockring.objectstore.RetrySettings;
import io.blockring.objectstore.RetryingObjectStore;
import io.blockring.objectstore.S3ObjectStore;
import io.blockring.objectstore.S3Settings;
import io.blockring.objectstore.StoreAddress;
import io.blockring.systemtests.s3faults.Fault.Match;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real endpoint, each of the proxy's faults before it, and what a store makes of them alone and when it may repeat. */
@Timeout(90)
class S3FaultsTest {
    private static final Duration LOG_TIMEOUT = Duration.ofSeconds(20);
    private static final S3Settings IMPATIENT =
            new S3Settings(16, Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ofSeconds(2));
    private static final RetrySettings QUICK = new RetrySettings(
            Duration.ofSeconds(30), Duration.ofMillis(5), Duration.ofMillis(100), Duration.ofSeconds(1));

    @TempDir
    static Path directory;

    private static S3ServerProcess server;

    private S3FaultProxy proxy;
    private ObjectStore store;
    private ObjectStore retrying;

    @BeforeAll
    static void startServer() throws Exception {
        server = S3ServerProcess.start(directory, List.of("lab"));
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void startProxy() throws Exception {
        proxy = S3FaultProxy.start(server.endpoint());
        store = open(proxy.endpoint(), "lab", server.credentials(), S3Settings.DEFAULTS);
        retrying = new RetryingObjectStore(
                open(proxy.endpoint(), "lab", server.credentials(), S3Settings.DEFAULTS), QUICK);
        put(store, "warm", "up", ALWAYS); // the first request of a class path is slow
    }

    @AfterEach
    void stopProxy() throws Exception {
        store.close();
        retrying.close();
        proxy.close();
    }

    @Test
    void whatPassesIsUnchangedSignaturesToo() throws Exception {
        byte[] bytes = someBytes(3_000_000, 1);
        put(store, "pass", bytes, ALWAYS);
        assertThat(bytes(store, "pass", 0, bytes.length, null)).isEqualTo(bytes);
        assertThat(store.list("pass", null, 10)).hasSize(1);
        store.delete("pass");
        assertThat(store.head("pass")).isEmpty();
    }

    @Test
    void theAccessLogSaysWhatTheClientGot() throws Exception {
        put(store, "logged/a b", someBytes(5000, 1), ALWAYS);
        bytes(store, "logged/a b", 1000, 2000, null);
        List<S3AccessLog.Line> lines =
                server.accessLog().await(2, LOG_TIMEOUT, line -> line.path().equals("/lab/logged/a%20b"));
        assertThat(lines).extracting(S3AccessLog.Line::method).containsExactly("PUT", "GET");
        assertThat(lines.getLast().status()).isEqualTo(206);
        assertThat(lines.getLast().bodyBytes()).isEqualTo(2000);
        assertThat(lines.getLast().range()).isEqualTo("bytes=1000-2999");
    }

    @Test
    void anOverloadedStoreIsAskedAgain() throws Exception {
        var refused = proxy.inject(Match.all(), 1, Fault.SLOW_DOWN);
        assertFails(Kind.RETRY, () -> store.head("warm"));
        assertThat(refused.happened()).isEqualTo(1);

        var refusedTwice = proxy.inject(Match.all(), 2, Fault.SLOW_DOWN);
        put(retrying, "overload", "x", IF_ABSENT);
        assertThat(refusedTwice.happened()).isEqualTo(2);
        assertThat(text(store, "overload")).isEqualTo("x");
    }

    @Test
    void onlyTheRequestsThatWereMeantMeetAFault() throws Exception {
        proxy.inject(Match.of("GET", "^/lab/meant/"), S3FaultProxy.ALWAYS, Fault.INTERNAL_ERROR);
        put(store, "meant/a", "x", ALWAYS);
        assertFails(Kind.RETRY, () -> text(store, "meant/a"));
        assertThat(text(store, "warm")).isEqualTo("up");
        proxy.heal();
        assertThat(text(store, "meant/a")).isEqualTo("x");
    }

    @Test
    void aBodyThatIsCutGoesOnWhereItStopped() throws Exception {
        byte[] bytes = someBytes(1_000_000, 2);
        put(store, "cut", bytes, ALWAYS);
        proxy.inject(Match.method("GET"), 1, new Fault.Cut(300_000));
        assertFails(Kind.RETRY, () -> bytes(store, "cut", 0, bytes.length, null));

        proxy.inject(Match.method("GET"), 1, new Fault.Cut(300_000));
        assertThat(bytes(retrying, "cut", 0, bytes.length, null)).isEqualTo(bytes);
        List<S3AccessLog.Line> gets = server.accessLog()
                .await(
                        3,
                        LOG_TIMEOUT,
                        line -> line.method().equals("GET") && line.path().equals("/lab/cut"));
        assertThat(gets).extracting(S3AccessLog.Line::range).contains("bytes=300000-999999");
    }

    @Test
    void aBodyMayBeCutAnywhereAndOften() throws Exception {
        byte[] bytes = someBytes(300_000, 6);
        put(store, "cuts", bytes, ALWAYS);
        Seeds.forEach(10, random -> {
            int cuts = 1 + random.nextInt(3);
            for (int i = 0; i < cuts; i++) {
                proxy.inject(Match.method("GET"), 1, new Fault.Cut(random.nextInt(100_000)));
            }
            int offset = random.nextInt(1000);
            assertThat(bytes(retrying, "cuts", offset, Long.MAX_VALUE, null))
                    .isEqualTo(Arrays.copyOfRange(bytes, offset, bytes.length));
        });
    }

    @Test
    void aPutWhoseAnswerIsLostIsUnclearAndHasHappened() throws Exception {
        proxy.inject(Match.method("PUT"), 1, new Fault.DropAnswer());
        assertFails(Kind.UNCLEAR, () -> put(retrying, "lost", "mine", IF_ABSENT));
        assertThat(text(store, "lost")).isEqualTo("mine");
        assertFails(Kind.EXISTS, () -> put(retrying, "lost", "yours", IF_ABSENT));

        var lost = proxy.inject(Match.method("PUT"), 1, new Fault.DropAnswer());
        put(retrying, "lost", "again", ALWAYS);
        assertThat(lost.happened()).isEqualTo(1);
        assertThat(text(store, "lost")).isEqualTo("again");
    }

    @Test
    void aFlippedBitIsFound() throws Exception {
        byte[] bytes = someBytes(200_000, 3);
        put(store, "flip", bytes, ALWAYS);
        proxy.inject(Match.method("GET"), 1, new Fault.Flip(123_456));
        assertFails(Kind.CHANGED, () -> bytes(store, "flip", 0, bytes.length, null));
        assertThat(bytes(store, "flip", 0, bytes.length, null)).isEqualTo(bytes);
    }

    @Test
    void anEndpointThatHangsIsGivenUpByTheDeadline() throws Exception {
        proxy.inject(Match.all(), S3FaultProxy.ALWAYS, new Fault.Hang());
        var settings = new RetrySettings(
                Duration.ofSeconds(4), Duration.ofMillis(5), Duration.ofMillis(100), Duration.ofSeconds(1));
        try (var impatient =
                new RetryingObjectStore(open(proxy.endpoint(), "lab", server.credentials(), IMPATIENT), settings)) {
            long start = System.nanoTime();
            assertFails(Kind.RETRY, () -> text(impatient, "warm"));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(6));
            assertFails(Kind.UNCLEAR, () -> put(impatient, "hang", someBytes(2_000_000, 1), IF_ABSENT));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(12));
        }
    }

    @Test
    void anInterruptEndsAWaitForAnEndpointThatHangs() throws Exception {
        var hung = proxy.inject(Match.all(), S3FaultProxy.ALWAYS, new Fault.Hang());
        var end = new CompletableFuture<Object>();
        Thread reader = Thread.ofPlatform().daemon().start(() -> {
            try {
                end.complete(text(retrying, "warm"));
            } catch (ObjectStoreException e) {
                end.complete(e.kind() + " " + Thread.currentThread().isInterrupted());
            }
        });
        await(() -> hung.happened() > 0);
        reader.interrupt();
        assertThat(end.get(5, TimeUnit.SECONDS)).isEqualTo("RETRY true");
    }

    @Test
    void aStoppedEndpointHadNoEffectAndIsFoundAgain() throws Exception {
        proxy.stop();
        assertFails(Kind.RETRY, () -> store.head("warm"));
        assertFails(Kind.RETRY, () -> put(store, "stopped", "x", IF_ABSENT));
        proxy.restart();
        put(store, "stopped", "x", IF_ABSENT);
        assertThat(text(store, "stopped")).isEqualTo("x");
    }

    @Test
    void aReaderOutlivesAStopOfTheEndpoint() throws Exception {
        byte[] bytes = someBytes(2_000_000, 4);
        put(store, "outlive", bytes, ALWAYS);
        proxy.limitTo(4_000_000);
        byte[] into = new byte[bytes.length];
        try (ObjectContent content = retrying.get("outlive", 0, bytes.length, null)) {
            int done = content.read(MemorySegment.ofArray(into).asSlice(0, 1000));
            proxy.stop();
            proxy.restart();
            byte[] rest = remaining(content, bytes.length - done);
            System.arraycopy(rest, 0, into, done, rest.length);
        }
        assertThat(into).isEqualTo(bytes);
    }

    @Test
    void bytesAndRequestsCanBeMadeSlow() throws Exception {
        byte[] bytes = someBytes(400_000, 5);
        put(store, "slow", bytes, ALWAYS);
        proxy.limitTo(1_000_000);
        long start = System.nanoTime();
        assertThat(bytes(store, "slow", 0, bytes.length, null)).isEqualTo(bytes);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(350));
        proxy.heal();
        proxy.inject(Match.method("HEAD"), 1, new Fault.Delay(Duration.ofMillis(300)));
        start = System.nanoTime();
        assertThat(store.head("slow")).isPresent();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(300));
    }

    @Test
    void aMissingBucketIsSaidToBeMissing() throws Exception {
        try (var none = open(proxy.endpoint(), "none", server.credentials(), S3Settings.DEFAULTS)) {
            assertFails(Kind.NO_BUCKET, () -> text(none, "a"));
            assertFails(Kind.NO_BUCKET, () -> none.head("a"));
            assertFails(Kind.NO_BUCKET, () -> none.list("", null, 1));
            assertFails(Kind.NO_BUCKET, () -> put(none, "a", "x", IF_ABSENT));
        }
    }

    @Test
    void wrongCredentialsAreSaidToBeWrong() throws Exception {
        var wrongSecret = new Credentials(server.credentials().accessKey(), "guess");
        for (Credentials wrong : List.of(wrongSecret, new Credentials("nobody", "guess"))) {
            try (var denied = open(proxy.endpoint(), "lab", wrong, S3Settings.DEFAULTS)) {
                assertFails(Kind.DENIED, () -> text(denied, "warm"));
                assertFails(Kind.DENIED, () -> denied.head("warm"));
                assertFails(Kind.DENIED, () -> denied.list("", null, 1));
                assertFails(Kind.DENIED, () -> put(denied, "a", "x", IF_ABSENT));
                assertFails(Kind.DENIED, () -> denied.delete("warm"));
            }
        }
        assertThat(text(store, "warm")).isEqualTo("up");
    }

    private static S3ObjectStore open(URI endpoint, String bucket, Credentials credentials, S3Settings settings)
            throws ObjectStoreException {
        var address = (StoreAddress.S3) StoreAddress.parse("s3://" + bucket, endpoint.toString(), null);
        return S3ObjectStore.open(address, credentials, settings);
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("time").isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }
}
