package io.blockring.tikvclient;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.tikvclient.DyingClient.Prewritten;
import io.blockring.tikvclient.DyingClient.Way;
import io.blockring.tikvclient.testing.TikvServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** Locks that a client left are removed by whoever meets them, as the transaction ended. */
@EnabledIfEnvironmentVariable(named = "PD_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
@EnabledIfEnvironmentVariable(named = "UNISTORE_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
class DeadClientsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(1);
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Duration IMPATIENCE = Duration.ofSeconds(2);

    /** Far apart: the store keeps them in regions of their own. */
    private static final List<String> PLACES = List.of("a", "m_", "t_", "z");

    @TempDir
    static Path folder;

    private static TikvServers servers;
    private static TikvCluster cluster;

    @BeforeAll
    static void start() throws Exception {
        servers = TikvServers.start(folder);
        cluster = servers.connect(PATIENCE);
    }

    @AfterAll
    static void end() {
        if (cluster != null) {
            cluster.close();
        }
        if (servers != null) {
            servers.close();
        }
    }

    /** One key in each place, all with the value "old". */
    private static List<byte[]> keys(String name) throws TikvException {
        var keys = new ArrayList<byte[]>();
        TikvTransaction transaction = cluster.begin();
        for (String place : PLACES) {
            byte[] key = (place + name).getBytes(UTF_8);
            keys.add(key);
            transaction.put(key, "old".getBytes(UTF_8));
        }
        assertThat(transaction.commit()).isEqualTo(CommitResult.COMMITTED);
        return keys;
    }

    private static DyingClient client(Way way, Duration timeToLive, List<byte[]> keys) throws TikvException {
        return new DyingClient(servers, way, timeToLive, keys, "new".getBytes(UTF_8));
    }

    private static void assertAll(List<byte[]> keys, String value) throws TikvException {
        assertThat(cluster.snapshot().getAll(keys))
                .allSatisfy(one -> assertThat(new String(one, UTF_8)).isEqualTo(value));
        for (byte[] key : keys) {
            assertThat(new String(cluster.latest().get(key), UTF_8)).isEqualTo(value);
        }
    }

    @Test
    void whatWasPrewrittenAndNotCommittedIsRolledBack() throws Exception {
        List<byte[]> keys = keys("prewritten");
        try (DyingClient client = client(Way.TWO_PHASES, SHORT, keys)) {
            assertThat(client.prewrite(0, 1, 2, 3)).isEqualTo(Prewritten.LOCKED);
            assertAll(keys, "old");
            assertThatThrownBy(client::commitPrimary).isInstanceOf(TikvException.class);
        }
    }

    @Test
    void aTransactionWhosePrimaryWasNeverWrittenIsRolledBack() throws Exception {
        List<byte[]> keys = keys("others");
        try (DyingClient client = client(Way.TWO_PHASES, SHORT, keys)) {
            client.prewrite(1, 2, 3);
            assertAll(keys, "old");
            assertThat(client.prewrite(0)).isEqualTo(Prewritten.REFUSED);
        }
    }

    @Test
    void whatWasCommittedAtItsPrimaryIsCommittedEverywhere() throws Exception {
        List<byte[]> keys = keys("committed");
        try (DyingClient client = client(Way.TWO_PHASES, LONG, keys)) {
            client.prewrite(0, 1, 2, 3);
            client.commitPrimary();
        }
        assertAll(keys, "new");
    }

    @Test
    void anAsynchronousCommitWithAllItsLocksIsCommitted() throws Exception {
        List<byte[]> keys = keys("asynchronous");
        try (DyingClient client = client(Way.ASYNCHRONOUS, SHORT, keys)) {
            client.prewrite(0, 1, 2, 3);
        }
        assertAll(keys, "new");
    }

    @Test
    void anAsynchronousCommitThatLacksALockIsRolledBackForGood() throws Exception {
        List<byte[]> keys = keys("lacking");
        try (DyingClient client = client(Way.ASYNCHRONOUS, SHORT, keys)) {
            client.prewrite(0, 1, 3);
            assertAll(keys, "old");
            // A TiKV store refuses this lock; the small one takes it, but it decides nothing any more.
            client.prewrite(2);
        }
        assertAll(keys, "old");
    }

    @Test
    void scansAndWritesGetPastThemToo() throws Exception {
        List<byte[]> keys = keys("scanned");
        try (DyingClient client = client(Way.ASYNCHRONOUS, SHORT, keys)) {
            client.prewrite(0, 1, 2, 3);
        }
        byte[] first = keys.getFirst();
        byte[] behind = "ascanned0".getBytes(UTF_8);
        assertThat(cluster.snapshot().scan(first, behind, 2))
                .singleElement()
                .satisfies(pair -> assertThat(pair.value()).asString(UTF_8).isEqualTo("new"));
        try (DyingClient client = client(Way.TWO_PHASES, SHORT, keys)) {
            client.prewrite(0, 1, 2, 3);
        }
        TikvTransaction writer = cluster.begin();
        keys.forEach(key -> writer.put(key, "newer".getBytes(UTF_8)));
        assertThat(writer.commit()).isEqualTo(CommitResult.COMMITTED);
        assertAll(keys, "newer");
    }

    /** The lock of a client that may live is waited for until the deadline, and not a moment longer than that. */
    @Test
    void aLiveLockIsWaitedForUntilTheDeadline() throws Exception {
        List<byte[]> keys = keys("live");
        try (DyingClient client = client(Way.ASYNCHRONOUS, LONG, keys);
                TikvCluster impatient = servers.connect(IMPATIENCE)) {
            client.prewrite(0, 1, 2, 3);
            assertThatThrownBy(() -> impatient.snapshot().get(keys.get(1)))
                    .isInstanceOf(TikvException.class)
                    .hasMessageContaining("locked");
            TikvTransaction writer = impatient.begin();
            writer.put(keys.get(1), "mine".getBytes(UTF_8));
            assertThat(writer.commit()).isEqualTo(CommitResult.CONFLICT);
        }
    }

    /** A reader need not wait for a live transaction in two phases: it lets it commit behind the reader's moment only. */
    @Test
    void aReaderPassesALiveTransactionInTwoPhases() throws Exception {
        List<byte[]> keys = keys("passed");
        try (DyingClient client = client(Way.TWO_PHASES, LONG, keys)) {
            client.prewrite(0, 1, 2, 3);
            TikvSnapshot before = cluster.snapshot();
            assertThat(before.getAll(keys))
                    .allSatisfy(value -> assertThat(value).asString(UTF_8).isEqualTo("old"));
            client.commitPrimary();
            assertThat(before.getAll(keys))
                    .allSatisfy(value -> assertThat(value).asString(UTF_8).isEqualTo("old"));
        }
        assertAll(keys, "new");
    }

    @Test
    void theSafePointLeavesNoOlderLock() throws Exception {
        List<byte[]> keys = keys("collected");
        try (DyingClient committed = client(Way.ASYNCHRONOUS, SHORT, keys)) {
            committed.prewrite(0, 1, 2, 3);
        }
        cluster.advanceSafePoint(cluster.moment());
        assertAll(keys, "new");
    }
}
