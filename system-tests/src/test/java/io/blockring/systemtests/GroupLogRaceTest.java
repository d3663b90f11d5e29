package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.group.CacheGroup;
import io.blockring.group.CacheGroupSettings;
import io.blockring.group.GroupAdmin;
import io.blockring.group.GroupLogException;
import io.blockring.group.GroupSettings;
import io.blockring.group.GroupState;
import io.blockring.group.NodeAddresses;
import io.blockring.group.NodeDeclaration;
import io.blockring.group.ObjectLogStore;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.StoreAddress;
import io.blockring.systemtests.rig.Await;
import io.blockring.systemtests.rig.RunningProgram;
import io.blockring.systemtests.s3faults.Fault;
import io.blockring.systemtests.s3faults.Fault.Match;
import io.blockring.systemtests.s3faults.S3FaultProxy;
import io.blockring.systemtests.s3faults.S3ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writers of one group log through a real S3 server whose answers get lost, are late or are wrong. Each record is settings
 * that nobody else writes, and writing settings twice makes two records; so what a writer does twice is seen.
 */
@Timeout(180)
class GroupLogRaceTest {
    private static final String BUCKET = "lab";
    private static final String RECORDS = "/log/";
    private static final int WRITERS = 32;
    private static final int RECORDS_EACH = 2;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final GroupSettings OF_THE_FIRST_SLEEPER = new GroupSettings(777_771, 1);
    private static final GroupSettings OF_THE_SECOND_SLEEPER = new GroupSettings(777_772, 2);

    @TempDir
    static Path folder;

    private static S3ServerProcess server;

    private S3FaultProxy proxy;
    private String group;

    @BeforeAll
    static void startServer() throws Exception {
        server = S3ServerProcess.start(folder, List.of(BUCKET));
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void createGroup() throws Exception {
        group = "train-" + UUID.randomUUID();
        proxy = S3FaultProxy.start(server.endpoint());
        try (ObjectLogStore store = open(server.endpoint())) {
            new GroupAdmin(store, group).create(new GroupSettings(0, 0));
        }
    }

    @AfterEach
    void closeProxy() throws IOException {
        if (proxy != null) {
            proxy.close();
        }
    }

    /** As the product opens it. */
    private ObjectLogStore open(URI endpoint) throws ObjectStoreException {
        return ObjectLogStore.open(
                StoreAddress.parse("s3://" + BUCKET, endpoint.toString(), null), server.credentials());
    }

    private StoredLog stored() {
        try {
            return StoredLog.read(server.bucket(BUCKET), group);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void ofThirtyTwoWritersWhoseAnswersAreAmbiguousEveryRecordIsThereOnce() throws Exception {
        List<S3FaultProxy.Injected> faults = makeAnswersAmbiguous(new Random(11));
        List<GroupSettings> written = new ArrayList<>();
        List<GroupSettings> unclear = new ArrayList<>();
        try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<Outcome>> running = new ArrayList<>();
            for (int writer = 1; writer <= WRITERS; writer++) {
                int number = writer;
                running.add(writers.submit(() -> writeSome(number, start)));
            }
            start.countDown();
            for (Future<Outcome> writer : running) {
                Outcome outcome = writer.get(150, TimeUnit.SECONDS);
                written.addAll(outcome.written());
                unclear.addAll(outcome.unclear());
            }
        }
        proxy.heal();
        Await.until("what is late has come", LIMIT, () -> proxy.openConnections() == 0);

        assertThat(faults).allMatch(fault -> fault.happened() > 0);
        StoredLog log = stored().checkOneLineage();
        List<GroupSettings> inTheLog = log.ofKind("group.settings").stream()
                .map(GroupLogRaceTest::settings)
                .toList();
        assertThat(log.lastNumber()).isEqualTo(1 + inTheLog.size());
        assertThat(inTheLog).doesNotHaveDuplicates().containsAll(written);
        assertThat(written).hasSize(WRITERS * RECORDS_EACH - unclear.size());
        List<GroupSettings> others = new ArrayList<>(inTheLog);
        others.removeAll(written);
        assertThat(unclear).hasSizeLessThan(WRITERS).containsAll(others);
        try (ObjectLogStore store = open(server.endpoint())) {
            GroupState read = new GroupAdmin(store, group).describe();
            assertThat(read.number()).isEqualTo(log.lastNumber());
            assertThat(read.hash()).isEqualTo(log.entries().getLast().hash());
            assertThat(read.settings()).isEqualTo(inTheLog.getLast());
        }
    }

    /** Done and not said so, not done and not said so, done after the writer has given up, and answers that end early. */
    private List<S3FaultProxy.Injected> makeAnswersAmbiguous(Random random) {
        Match creates = Match.of("PUT", RECORDS);
        Match reads = Match.of("GET", RECORDS);
        return List.of(
                proxy.inject(creates, 3, new Fault.Delay(Duration.ofSeconds(6))), // longer than a writer waits
                proxy.injectSometimes(creates, 10, random, new Fault.DropAnswer()),
                proxy.injectSometimes(creates, 10, random, new Fault.OtherAnswer(500, "InternalError")),
                proxy.injectSometimes(creates, 5, random, new Fault.OtherAnswer(503, "SlowDown")),
                proxy.injectSometimes(creates, 5, random, Fault.SLOW_DOWN),
                proxy.injectSometimes(creates, 5, random, Fault.INTERNAL_ERROR),
                proxy.injectSometimes(creates, 10, random, new Fault.Delay(Duration.ofMillis(200))),
                proxy.injectSometimes(reads, 2, random, new Fault.DropAnswer()),
                proxy.injectSometimes(reads, 2, random, new Fault.Cut(100)),
                proxy.injectSometimes(reads, 2, random, Fault.SLOW_DOWN));
    }

    private record Outcome(List<GroupSettings> written, List<GroupSettings> unclear) {}

    private Outcome writeSome(int writer, CountDownLatch start) throws Exception {
        var outcome = new Outcome(new ArrayList<>(), new ArrayList<>());
        try (ObjectLogStore store = open(proxy.endpoint())) {
            GroupAdmin admin = new GroupAdmin(store, group);
            start.await();
            for (int i = 1; i <= RECORDS_EACH; i++) {
                write(admin, new GroupSettings(writer, i), outcome);
            }
        }
        return outcome;
    }

    /** Tries again as long as the product says that nothing has happened. */
    private static void write(GroupAdmin admin, GroupSettings settings, Outcome outcome) throws GroupLogException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            try {
                admin.changeSettings(settings);
                outcome.written().add(settings);
                return;
            } catch (GroupLogException e) {
                switch (e.kind()) {
                    case UNCLEAR -> {
                        outcome.unclear().add(settings);
                        return;
                    }
                    case UNREACHABLE, CROWDED -> {
                        if (System.nanoTime() > deadline) {
                            throw e;
                        }
                    }
                    default -> throw e;
                }
            }
        }
    }

    private static GroupSettings settings(StoredLog.Entry entry) {
        var settings = entry.payload().path("settings");
        return new GroupSettings(
                settings.path("downGraceMillis").asLong(),
                settings.path("lossIntervalMillis").asLong());
    }

    @Test
    void writersThatWereStoppedForLongDoNotForkTheLog() throws Exception {
        long number = stored().lastNumber() + 1;
        CountDownLatch held = new CountDownLatch(1);
        var answer = proxy.inject(Match.of("GET", key(number)), 1, new Fault.HeldAnswer(held));
        CountDownLatch whole = new CountDownLatch(1);
        proxy.inject(Match.of("PUT", key(number)), 1, new Fault.HeldRequest(whole, held));
        try (RunningProgram beforeItsPut = startWriter("change-patiently", OF_THE_FIRST_SLEEPER)) {
            Await.until("the answer that the number is free is on its way", LIMIT, () -> answer.happened() == 1);
            server.accessLog()
                    .await(1, LIMIT, line -> line.status() == 404 && line.path().endsWith(key(number)));
            stop(beforeItsPut);
            try (RunningProgram behindItsPut = startWriter("change", OF_THE_SECOND_SLEEPER)) {
                Await.until("the record is on its way", LIMIT, () -> whole.getCount() == 0);
                stop(behindItsPut);
                StoredLog.Entry taken = growUntilBuried(number);
                held.countDown();
                awaitRefused(number, 1);
                beforeItsPut.signal("CONT");
                awaitRefused(number, 2);
                behindItsPut.signal("CONT");
                Await.until("the writers end", LIMIT, () -> !beforeItsPut.isAlive() && !behindItsPut.isAlive());

                StoredLog log = stored().checkOneLineage();
                assertThat(log.at(number).hash()).isEqualTo(taken.hash());
                checkWritten(log, number, beforeItsPut, OF_THE_FIRST_SLEEPER);
                checkWritten(log, number, behindItsPut, OF_THE_SECOND_SLEEPER);
                assertThat(log.ofKind("group.settings")).hasSize(2);
            }
        }
    }

    private static void stop(RunningProgram writer) {
        writer.signal("STOP");
        Await.until("the writer is stopped", LIMIT, () -> stateOf(writer.pid()) == 'T');
    }

    /** The writer says under which number its record is, and there it is. */
    private static void checkWritten(StoredLog log, long wanted, RunningProgram writer, GroupSettings settings) {
        String last = writer.output().strip().lines().reduce("", (before, line) -> line);
        assertThat(last).startsWith("record ");
        long number = Long.parseLong(last.substring("record ".length()));
        assertThat(number).isGreaterThan(wanted);
        assertThat(settings(log.at(number))).isEqualTo(settings);
    }

    private String key(long number) {
        return group + RECORDS + "%020d".formatted(number);
    }

    private RunningProgram startWriter(String what, GroupSettings settings) {
        return RunningProgram.start(
                what,
                LogWriter.command(what, proxy.endpoint().toString(), BUCKET, group, settings),
                Map.of(
                        "BLOCKRING_ACCESS_KEY", server.credentials().accessKey(),
                        "BLOCKRING_SECRET_KEY", server.credentials().secretKey()),
                folder.resolve(what + ".log"));
    }

    /** The letter of a process in the kernel's table; T for a stopped one. */
    private static char stateOf(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A node joins and is declared anew until a tombstone stands in the place of that record; returns the record. */
    private StoredLog.Entry growUntilBuried(long number) throws Exception {
        UUID id = UUID.randomUUID();
        Path home = Files.createDirectories(folder.resolve("node"));
        try (ObjectLogStore store = open(server.endpoint());
                CacheGroup node = CacheGroup.start(
                        CacheGroupSettings.of(group, id, home, InetAddress.getLoopbackAddress(), 0), store, List::of)) {
            declare(node, id, 1);
            StoredLog.Entry taken = stored().at(number);
            assertThat(taken.isTombstone()).isFalse();
            long deadline = System.nanoTime() + LIMIT.toNanos();
            for (int weight = 2; !stored().at(number).isTombstone(); weight++) {
                assertThat(System.nanoTime())
                        .as("time to bury record " + number)
                        .isLessThan(deadline);
                declare(node, id, weight);
            }
            return taken;
        }
    }

    private static void declare(CacheGroup node, UUID id, int weight) throws Exception {
        node.declareSelf(new NodeDeclaration(id, "n1", weight, "", NodeAddresses.NONE))
                .get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    /** The server has said to so many creates of that record that it is there. */
    private void awaitRefused(long number, int count) throws IOException {
        server.accessLog()
                .await(
                        count,
                        LIMIT,
                        line -> line.method().equals("PUT")
                                && line.status() == 412
                                && line.path().endsWith(key(number)));
    }
}
