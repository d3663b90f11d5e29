package io.blockring.tikvclient;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.block.testing.Seeds;
import io.blockring.tikvclient.testing.TikvServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** Reads and transactions against a real placement driver and store. */
@EnabledIfEnvironmentVariable(named = "PD_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
@EnabledIfEnvironmentVariable(named = "UNISTORE_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
class TikvClusterTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int ACCOUNTS = 8;
    private static final int START_BALANCE = 100;
    private static final int TELLERS = 6;
    private static final int TRANSFERS = 60;

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

    private static byte[] key(String text) {
        return text.getBytes(UTF_8);
    }

    private static void put(String key, String value) throws TikvException {
        TikvTransaction transaction = cluster.begin();
        transaction.put(key(key), key(value));
        assertThat(transaction.commit()).isEqualTo(CommitResult.COMMITTED);
    }

    private static @Nullable String text(byte @Nullable [] value) {
        return value == null ? null : new String(value, UTF_8);
    }

    @Test
    void aMomentSeesWhatWasCommittedBeforeItAndNothingElse() throws Exception {
        put("moment/a", "one");
        TikvSnapshot before = cluster.snapshot();
        put("moment/a", "two");
        put("moment/b", "new");
        assertThat(text(before.get(key("moment/a")))).isEqualTo("one");
        assertThat(before.get(key("moment/b"))).isNull();
        assertThat(before.scan(key("moment/"), key("moment0"), 10)).hasSize(1);
        assertThat(text(cluster.latest().get(key("moment/a")))).isEqualTo("two");
        assertThat(text(cluster.at(before.moment()).get(key("moment/a")))).isEqualTo("one");

        TikvTransaction removal = cluster.begin();
        removal.delete(key("moment/a"));
        assertThat(removal.commit()).isEqualTo(CommitResult.COMMITTED);
        assertThat(cluster.latest().get(key("moment/a"))).isNull();
    }

    @Test
    void anEmptyValueIsRefusedForItWouldCountAsNone() throws Exception {
        TikvTransaction transaction = cluster.begin();
        assertThatThrownBy(() -> transaction.put(key("empty"), new byte[0]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aKeyThatWasWrittenMeanwhileIsAConflict() throws Exception {
        put("conflict/written", "0");
        TikvTransaction late = cluster.begin();
        put("conflict/written", "1");
        late.put(key("conflict/written"), key("2"));
        late.put(key("conflict/other"), key("2"));
        assertThat(late.commit()).isEqualTo(CommitResult.CONFLICT);
        assertThat(text(cluster.latest().get(key("conflict/written")))).isEqualTo("1");
        assertThat(cluster.latest().get(key("conflict/other"))).isNull();
    }

    @Test
    void aKeyThatWasOnlyReadIsWatchedToo() throws Exception {
        put("watched/read", "0");
        TikvTransaction late = cluster.begin();
        assertThat(text(late.get(key("watched/read")))).isEqualTo("0");
        assertThat(late.getAll(List.of(key("watched/missing")))).containsExactly((byte[]) null);
        put("watched/missing", "1");
        late.put(key("watched/mine"), key("2"));
        assertThat(late.commit()).isEqualTo(CommitResult.CONFLICT);
        assertThat(cluster.latest().get(key("watched/mine"))).isNull();
    }

    @Test
    void scansAgreeWithASortedMapAcrossRegions() {
        Seeds.forEach(5, random -> {
            byte[] prefix = key("scan" + random.nextLong() + "/");
            var model = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
            TikvTransaction transaction = cluster.begin();
            for (int i = 0; i < 300; i++) {
                byte[] key = random.nextBoolean() ? anyKey(random) : concat(prefix, anyKey(random));
                byte[] value = anyKey(random);
                model.put(key, value);
                transaction.put(key, value);
            }
            assertThat(transaction.commit()).isEqualTo(CommitResult.COMMITTED);
            TikvSnapshot now = cluster.snapshot();
            for (int i = 0; i < 30; i++) {
                byte[] one = concat(prefix, anyKey(random));
                byte[] other = concat(prefix, anyKey(random));
                boolean ordered = Arrays.compareUnsigned(one, other) < 0;
                byte[] from = ordered ? one : other;
                byte[] to = ordered ? other : one;
                int limit = 1 + random.nextInt(40);
                var expected = new ArrayList<byte[]>(model.subMap(from, to).keySet());
                assertThat(now.scan(from, to, limit).stream().map(TikvPair::key).toList())
                        .usingElementComparator(Arrays::compareUnsigned)
                        .isEqualTo(expected.subList(0, Math.min(limit, expected.size())));
                assertThat(now.scanBack(from, to, limit).stream()
                                .map(TikvPair::key)
                                .toList())
                        .usingElementComparator(Arrays::compareUnsigned)
                        .isEqualTo(expected.reversed().subList(0, Math.min(limit, expected.size())));
            }
            var found = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
            now.scan(new byte[0], behindAll(), 1 << 20).forEach(pair -> found.put(pair.key(), pair.value()));
            assertThat(found.keySet()).containsAll(model.keySet());
            assertThat(now.getAll(List.copyOf(model.keySet())))
                    .usingElementComparator(Arrays::compareUnsigned)
                    .isEqualTo(List.copyOf(model.values()));
        });
    }

    /** The small store keeps what begins with an exclamation mark for itself, and shows it in no scan. */
    private static byte[] anyKey(Random random) {
        var key = new byte[1 + random.nextInt(12)];
        do {
            random.nextBytes(key);
        } while (key[0] == '!');
        return key;
    }

    private static byte[] behindAll() {
        var key = new byte[16];
        Arrays.fill(key, (byte) -1);
        return key;
    }

    private static byte[] concat(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    /** Each transfer reads two balances and writes them; every moment has the whole sum. */
    @Test
    void concurrentTransfersLoseNothing() throws Exception {
        for (int i = 0; i < ACCOUNTS; i++) {
            put(account(i), Integer.toString(START_BALANCE));
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var tellers = new ArrayList<Future<Integer>>();
            for (int teller = 0; teller < TELLERS; teller++) {
                var random = new Random(teller);
                Callable<Integer> work = () -> transfers(random);
                tellers.add(threads.submit(work));
            }
            int committed = 0;
            for (Future<Integer> teller : tellers) {
                committed += teller.get();
            }
            assertThat(committed).isPositive();
        }
        assertThat(sum()).isEqualTo(ACCOUNTS * START_BALANCE);
    }

    private static String account(int number) {
        return "bank/" + number;
    }

    private static int transfers(Random random) throws TikvException {
        int committed = 0;
        for (int i = 0; i < TRANSFERS; i++) {
            TikvTransaction transfer = cluster.begin();
            byte[] from = key(account(random.nextInt(ACCOUNTS)));
            byte[] to = key(account(random.nextInt(ACCOUNTS)));
            int left = Integer.parseInt(text(transfer.get(from))) - 1;
            int more = Integer.parseInt(text(transfer.get(to))) + 1;
            if (!Arrays.equals(from, to)) {
                transfer.put(from, key(Integer.toString(left)));
                transfer.put(to, key(Integer.toString(more)));
            }
            committed += transfer.commit() == CommitResult.COMMITTED ? 1 : 0;
            assertThat(sum()).isEqualTo(ACCOUNTS * START_BALANCE);
        }
        return committed;
    }

    private static int sum() throws TikvException {
        return cluster.snapshot().scan(key("bank/"), key("bank0"), ACCOUNTS + 1).stream()
                .mapToInt(pair -> Integer.parseInt(text(pair.value())))
                .sum();
    }

    @Test
    void theSafePointGoesForwardOnly() throws Exception {
        put("collected", "old");
        long moment = cluster.moment();
        long before = cluster.safePoint();
        assertThat(cluster.advanceSafePoint(moment)).isEqualTo(moment).isGreaterThan(before);
        assertThat(cluster.advanceSafePoint(before)).isEqualTo(moment);
        assertThat(cluster.safePoint()).isEqualTo(moment);
        assertThat(text(cluster.latest().get(key("collected")))).isEqualTo("old");
    }

    @Test
    void aStoreThatIsKilledAndComesBackIsWaitedFor() throws Exception {
        put("killed", "kept");
        servers.killStore();
        servers.restartStore();
        assertThat(text(cluster.latest().get(key("killed")))).isEqualTo("kept");
        put("killed", "again");
        assertThat(text(cluster.snapshot().get(key("killed")))).isEqualTo("again");
    }
}
