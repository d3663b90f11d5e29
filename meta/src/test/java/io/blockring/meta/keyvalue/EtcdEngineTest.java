package io.blockring.meta.keyvalue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.CommitOutcome;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaEngineContract;
import io.blockring.meta.engine.MetaSnapshot;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.testing.EtcdServer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EtcdEngineTest extends MetaEngineContract {
    /** The contract writes up to two thousand records at once. */
    private static final int MOST_OPERATIONS = 2000;

    private static EtcdServer server;

    @BeforeAll
    static void startServer(@TempDir Path folder) throws Exception {
        server = EtcdServer.start(folder.resolve("etcd"), "--max-txn-ops=" + MOST_OPERATIONS);
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    protected MetaEngine open() throws Exception {
        return EtcdStores.open(server).engine();
    }

    private static void putChildren(MetaEngine engine, int from, int count, long inode) throws FileError {
        try (MetaTransaction transaction = engine.begin()) {
            for (int i = from; i < from + count; i++) {
                transaction.putChild(1, Name.of("n" + i), new Child(FileType.FILE, inode));
            }
            assertThat(transaction.commit()).isEqualTo(CommitOutcome.COMMITTED);
        }
    }

    /** Three pages of a scan, asked for after everything has changed. */
    @Test
    void aSnapshotShowsOneMoment() throws Exception {
        try (MetaEngine engine = open()) {
            putChildren(engine, 0, 1500, 2);
            try (MetaSnapshot moment = engine.snapshot()) {
                assertThat(moment.child(1, Name.of("n7"))).isEqualTo(new Child(FileType.FILE, 2));
                putChildren(engine, 500, 1500, 3);
                assertThat(moment.children(1, null, 10_000)).hasSize(1500).allMatch(child -> child.inode() == 2);
                assertThat(moment.child(1, Name.of("n1600"))).isNull();
            }
            assertThat(engine.reads().children(1, null, 10_000)).hasSize(2000);
        }
    }

    @Test
    void volumesOfOneClusterDoNotSeeEachOther() throws Exception {
        String url = EtcdStores.newUrl(server);
        try (TestStores one = EtcdStores.open(url);
                TestStores other = EtcdStores.open(url + "0")) {
            putChildren(one.engine(), 0, 250, 2);
            putChildren(other.engine(), 0, 1, 3);
            assertThat(one.dump()).hasSize(250);
            assertThat(new EtcdVolumes().destroy(url, Map.of())).isPositive();
            assertThat(one.dump()).isEmpty();
            assertThat(other.dump()).hasSize(1);
        }
    }

    /** A scan counts as read: JuiceFS may add an entry without a touch of its directory. */
    @Test
    void whatCameIntoAScannedRangeIsAConflict() throws Exception {
        try (MetaEngine engine = open();
                MetaTransaction transaction = engine.begin()) {
            assertThat(transaction.hasChildren(1)).isFalse();
            putChildren(engine, 0, 1, 2);
            transaction.deleteAttr(1);
            assertThat(transaction.commit()).isEqualTo(CommitOutcome.CONFLICT);
        }
    }

    /** JuiceFS takes it for a missing one. */
    @Test
    void anEmptyExtendedAttributeIsInvalid() throws Exception {
        try (MetaEngine engine = open();
                MetaTransaction transaction = engine.begin()) {
            assertThatThrownBy(() -> transaction.putXattr(1, Name.of("user.empty"), new byte[0]))
                    .isInstanceOfSatisfying(
                            FileError.class, e -> assertThat(e.kind()).isEqualTo(FileError.Kind.INVALID));
        }
    }

    @Test
    void aTransactionThatIsTooLargeWritesNothingAndSaysWhichOptionAllowsIt() throws Exception {
        try (TestStores stores = EtcdStores.open(server);
                MetaTransaction many = stores.engine().begin();
                MetaTransaction large = stores.engine().begin()) {
            for (int i = 0; i <= MOST_OPERATIONS; i++) {
                many.putChild(1, Name.of("n" + i), new Child(FileType.FILE, 2));
            }
            assertThatThrownBy(many::commit)
                    .isInstanceOf(FileError.class)
                    .hasMessageContaining("too many operations")
                    .hasMessageContaining("--max-txn-ops");
            for (int i = 0; i < 40; i++) {
                large.putXattr(1, Name.of("user." + i), new byte[65_536]);
            }
            assertThatThrownBy(large::commit).isInstanceOf(FileError.class).hasMessageContaining("--max-request-bytes");
            assertThat(stores.dump()).isEmpty();
        }
    }

    /** With etcd's own limits; either is too many for one of its transactions. */
    @Test
    void sumsOfManyDirectoriesAreWrittenAndManyExtendedAttributesDeleted(@TempDir Path folder) throws Exception {
        try (EtcdServer usual = EtcdServer.start(folder);
                TestStores stores = EtcdStores.open(usual)) {
            MetaEngine engine = stores.engine();
            for (int i = 0; i < 300; i += 50) {
                try (MetaTransaction transaction = engine.begin()) {
                    for (int j = i; j < i + 50; j++) {
                        transaction.putDirectoryStats(j, DirectoryStats.NONE);
                        transaction.putXattr(1, Name.of("user." + j), new byte[] {1});
                    }
                    assertThat(transaction.commit()).isEqualTo(CommitOutcome.COMMITTED);
                }
            }
            try (MetaTransaction transaction = engine.begin()) {
                for (int i = 0; i < 300; i++) {
                    transaction.addDirectoryStats(i, new DirectoryStats(1, 2, 3));
                }
                transaction.increment(Counter.TOTAL_INODES, 900);
                transaction.deleteXattrs(1);
                assertThat(transaction.commit()).isEqualTo(CommitOutcome.COMMITTED);
            }
            engine.flushUsage();
            assertThat(engine.reads().xattrNames(1)).isEmpty();
            assertThat(stores.dump()).hasSize(301);
            for (long i : List.of(0L, 127L, 128L, 299L)) {
                assertThat(engine.reads().directoryStats(i)).isEqualTo(new DirectoryStats(1, 2, 3));
            }
        }
    }

    @Test
    void aClosedEngineSaysSoAtOnce() throws Exception {
        MetaEngine engine = open();
        engine.close();
        assertThatThrownBy(() -> engine.reads().attr(1))
                .isInstanceOf(FileError.class)
                .hasMessageContaining("closed");
    }
}
