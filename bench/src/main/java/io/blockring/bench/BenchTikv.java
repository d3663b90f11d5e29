package io.blockring.bench;

import io.blockring.tikvclient.CommitResult;
import io.blockring.tikvclient.TikvCluster;
import io.blockring.tikvclient.TikvException;
import io.blockring.tikvclient.TikvSecurity;
import io.blockring.tikvclient.TikvTransaction;
import io.blockring.tikvclient.testing.TikvServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A placement driver and one small store that speaks TiKV's protocol; plain transactions are those of our client. */
final class BenchTikv implements MetadataFigure.Engine, AutoCloseable {
    private static final int RECORDS = 3;
    private static final int RECORD_BYTES = 72;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final TikvServers servers;

    private BenchTikv(TikvServers servers) {
        this.servers = servers;
    }

    /** Whether the programs that it needs are at hand. */
    static boolean isAtHand() {
        return System.getenv("PD_SERVER") != null && System.getenv("UNISTORE_SERVER") != null;
    }

    static BenchTikv start(Path folder) throws IOException {
        return new BenchTikv(TikvServers.start(folder));
    }

    @Override
    public String label() {
        return "tikv";
    }

    /** Fewer, for each of its writes waits for the disk. */
    @Override
    public int files() {
        return 640;
    }

    @Override
    public String volume(Path folder) {
        return "tikv://" + servers.driver() + "/lab";
    }

    @Override
    public double plainTransactions(int clients, int count) throws IOException {
        try (TikvCluster cluster = TikvCluster.connect(List.of(servers.driver()), TikvSecurity.NONE, PATIENCE)) {
            int each = count / clients;
            return clients * each / Crew.seconds(clients, client -> commit(cluster, client, each));
        }
    }

    private static void commit(TikvCluster cluster, int client, int count) throws TikvException {
        byte[] value = new byte[RECORD_BYTES];
        for (int i = 0; i < count; i++) {
            TikvTransaction transaction = cluster.begin();
            List<byte[]> keys = new ArrayList<>();
            for (int record = 0; record < RECORDS; record++) {
                keys.add(("plain/" + client + "/" + i + "/" + record).getBytes(StandardCharsets.US_ASCII));
            }
            transaction.getAll(keys);
            for (byte[] key : keys) {
                transaction.put(key, value);
            }
            if (transaction.commit() != CommitResult.COMMITTED) {
                throw new IllegalStateException("transactions of different keys were in conflict");
            }
        }
    }

    @Override
    public void close() {
        servers.close();
    }
}
