package io.blockring.meta.keyvalue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.CommitOutcome;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaSnapshot;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.testing.EtcdServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that dies, comes back, is full, or whose answers are lost. */
class EtcdFailureTest {
    private static final Timestamp TIME = new Timestamp(1_700_000_000, 0);
    private static final SliceRecord SLICE = new SliceRecord(0, 1, 100, 0, 100);
    private static final String LAST_WORDS = "the last of the transaction";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private static Attr file(long length) {
        return new Attr(0, FileType.FILE, 0644, 0, 0, TIME, TIME, TIME, 1, length, 0, 1, 0, 0, 0);
    }

    private static void putAttr(MetaEngine engine, Attr attr) throws FileError {
        try (MetaTransaction transaction = engine.begin()) {
            transaction.putAttr(9, attr);
            assertThat(transaction.commit()).isEqualTo(CommitOutcome.COMMITTED);
        }
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime() - deadline).as("it takes too long").isNegative();
            Thread.onSpinWait();
        }
    }

    @Test
    void workGoesOnWhenTheServerIsBack() throws Exception {
        try (EtcdServer server = EtcdServer.start(folder);
                TestStores stores = EtcdStores.open(server);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            MetaEngine engine = stores.engine();
            var transactions = new Transactions(engine, new InodeLocks());
            assertThat(engine.increment(Counter.NEXT_SESSION, 1)).isEqualTo(1);
            for (int i = 0; i < 3; i++) {
                var slice = new SliceRecord(i * 100, i + 1, 100, 0, 100);
                Future<Boolean> writing = threads.submit(() -> transactions.run(transaction -> {
                    transaction.witness(reads -> reads.slices(9, 0).contains(slice));
                    transaction.appendSlices(9, 0, List.of(slice));
                    return true;
                }));
                server.kill();
                server.restart();
                assertThat(writing.get(30, TimeUnit.SECONDS)).isTrue();
                assertThat(engine.reads().slices(9, 0)).hasSize(i + 1).endsWith(slice);
            }
            assertThat(engine.increment(Counter.NEXT_SESSION, 1)).isEqualTo(2);
        }
    }

    @Test
    void aServerThatStaysAwayIsAnErrorAtTheDeadline() throws Exception {
        try (EtcdServer server = EtcdServer.start(folder);
                ByteStore store =
                        EtcdVolumes.store(EtcdUrl.parse(server.url("v").toString(), Map.of()), Duration.ofSeconds(2))) {
            assertThat(store.latest().get(KeyLayout.setting())).isNull();
            server.kill();
            assertThatThrownBy(() -> store.latest().get(KeyLayout.setting()))
                    .isInstanceOf(FileError.class)
                    .hasMessageContaining("no member answered in time");
        }
    }

    @Test
    void aMemberThatIsAwayIsPassedOver() throws Exception {
        try (EtcdServer away = EtcdServer.start(folder.resolve("away"));
                EtcdServer server = EtcdServer.start(folder.resolve("there"))) {
            away.kill();
            String url = "etcd://127.0.0.1:%d,127.0.0.1:%d/v".formatted(away.port(), server.port());
            try (MetaEngine engine = new EtcdVolumes().open(url, Map.of())) {
                assertThat(engine.increment(Counter.NEXT_SESSION, 1)).isEqualTo(1);
            }
        }
    }

    @Test
    void aLostAnswerIsAskedForAndNotMadeTwice() throws Exception {
        try (EtcdServer server = EtcdServer.start(folder);
                var wire = new Wire(server.port());
                TestStores direct = EtcdStores.open(server.url("v").toString());
                TestStores stores = EtcdStores.open("etcd://127.0.0.1:" + wire.port() + "/v");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            putAttr(stores.engine(), file(0));
            var runs = new AtomicInteger();
            var transactions = new Transactions(stores.engine(), new InodeLocks());
            Future<Boolean> writing = threads.submit(() -> transactions.run(transaction -> {
                runs.incrementAndGet();
                transaction.witness(reads -> reads.slices(9, 0).contains(SLICE));
                assertThat(transaction.attr(9)).isNotNull();
                transaction.appendSlices(9, 0, List.of(SLICE));
                transaction.putAttr(9, file(100));
                wire.loseAnswers();
                return true;
            }));
            await(() -> !direct.engine().reads().slices(9, 0).isEmpty());
            wire.breakAndPass();
            assertThat(writing.get(30, TimeUnit.SECONDS)).isTrue();
            assertThat(runs).hasValue(1);
            assertThat(direct.engine().reads().slices(9, 0)).containsExactly(SLICE);
        }
    }

    /** Its answer was lost because it is on its way still: it was said not to have happened, and so never does. */
    @Test
    void aCommitThatComesLateDoesNotHappen() throws Exception {
        try (EtcdServer server = EtcdServer.start(folder);
                var wire = new Wire(server.port());
                TestStores direct = EtcdStores.open(server.url("v").toString());
                TestStores stores = EtcdStores.open("etcd://127.0.0.1:" + wire.port() + "/v");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            putAttr(stores.engine(), file(0));
            Future<CommitOutcome> writing = threads.submit(() -> {
                try (MetaTransaction transaction = stores.engine().begin()) {
                    assertThat(transaction.attr(9)).isNotNull();
                    transaction.appendSlices(9, 0, List.of(SLICE));
                    transaction.putAttr(9, file(100));
                    transaction.putXattr(9, Name.of("user.last"), LAST_WORDS.getBytes(StandardCharsets.ISO_8859_1));
                    wire.holdQuestions();
                    return transaction.commit();
                }
            });
            await(() -> wire.holds(LAST_WORDS));
            wire.breakAndPass();
            assertThat(writing.get(30, TimeUnit.SECONDS)).isEqualTo(CommitOutcome.CONFLICT);
            long handled = handledTransactions(server);
            wire.bringLate();
            await(() -> handledTransactions(server) > handled);
            assertThat(direct.engine().reads().slices(9, 0)).isEmpty();
            assertThat(direct.engine().reads().xattrNames(9)).isEmpty();
            assertThat(direct.engine().reads().attr(9)).isEqualTo(file(0));
        }
    }

    /** How many calls of Txn the server has answered. */
    private static long handledTransactions(EtcdServer server) throws IOException {
        return server.http("/metrics", null)
                .lines()
                .filter(line -> line.startsWith("grpc_server_handled_total") && line.contains("\"Txn\""))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    @Test
    void aFullDatabaseIsNoSpaceAndWhatItTookIsThere() throws Exception {
        try (EtcdServer server = EtcdServer.start(folder, "--quota-backend-bytes=" + (8 << 20));
                TestStores stores = EtcdStores.open(server)) {
            MetaEngine engine = stores.engine();
            var transactions = new Transactions(engine, new InodeLocks());
            var taken = new AtomicInteger();
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 100; i++) {
                            Name name = Name.of("user." + i);
                            transactions.run(transaction -> {
                                transaction.witness(reads -> reads.xattr(9, name) != null);
                                assertThat(transaction.xattr(9, name)).isNull();
                                for (int j = 0; j < 8; j++) {
                                    transaction.putXattr(10 + j, name, new byte[65_536]);
                                }
                                transaction.putXattr(9, name, new byte[65_536]);
                                return true;
                            });
                            taken.incrementAndGet();
                        }
                    })
                    .isInstanceOfSatisfying(
                            FileError.class, e -> assertThat(e.kind()).isEqualTo(FileError.Kind.NO_SPACE))
                    .hasMessageContaining("--quota-backend-bytes");
            assertThat(taken.get()).isPositive();
            assertThat(engine.reads().xattrNames(9)).as("no more and no less").hasSize(taken.get());
        }
    }

    @Test
    void aMomentThatWasCompactedIsAnError() throws Exception {
        try (EtcdServer server = EtcdServer.start(folder);
                TestStores stores = EtcdStores.open(server);
                MetaSnapshot moment = stores.engine().snapshot()) {
            putAttr(stores.engine(), file(0));
            assertThat(moment.attr(9)).isEqualTo(file(0));
            putAttr(stores.engine(), file(1));
            putAttr(stores.engine(), file(2));
            server.http("/v3/kv/compaction", "{\"revision\": 4}");
            assertThatThrownBy(() -> moment.attr(9))
                    .isInstanceOf(FileError.class)
                    .hasMessageContaining("compacted")
                    .hasMessageContaining("--auto-compaction-retention");
            assertThat(stores.engine().reads().attr(9)).isEqualTo(file(2));
        }
    }
}
