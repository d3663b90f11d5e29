package io.blockring.meta.keyvalue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.CommitOutcome;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaEngineContract;
import io.blockring.meta.engine.MetaSnapshot;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.tikvclient.testing.TikvServers;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

@EnabledIfEnvironmentVariable(named = "PD_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
@EnabledIfEnvironmentVariable(named = "UNISTORE_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
class TikvEngineTest extends MetaEngineContract {
    @TempDir
    static Path folder;

    private static TikvServers servers;

    @BeforeAll
    static void startServers() throws Exception {
        servers = TikvServers.start(folder);
    }

    @AfterAll
    static void stopServers() {
        if (servers != null) {
            servers.close();
        }
    }

    @Override
    protected MetaEngine open() throws Exception {
        return TikvStores.open(TikvStores.newUrl(servers)).engine();
    }

    private static void put(MetaEngine engine, Name name, long inode) throws FileError {
        try (MetaTransaction transaction = engine.begin()) {
            transaction.putChild(1, name, new Child(FileType.FILE, inode));
            assertThat(transaction.commit()).isEqualTo(CommitOutcome.COMMITTED);
        }
    }

    @Test
    void aSnapshotShowsOneMoment() throws Exception {
        try (MetaEngine engine = open()) {
            Name name = Name.of("a");
            put(engine, name, 2);
            try (MetaSnapshot moment = engine.snapshot()) {
                put(engine, name, 3);
                assertThat(moment.child(1, name)).isEqualTo(new Child(FileType.FILE, 2));
            }
            assertThat(engine.reads().child(1, name)).isEqualTo(new Child(FileType.FILE, 3));
        }
    }

    @Test
    void volumesOfOneClusterDoNotSeeEachOther() throws Exception {
        URI url = TikvStores.newUrl(servers);
        URI longer = URI.create(url + "0");
        try (TestStores one = TikvStores.open(url);
                TestStores other = TikvStores.open(longer)) {
            put(one.engine(), Name.of("a"), 2);
            put(other.engine(), Name.of("b"), 3);
            assertThat(one.dump()).hasSize(1);
            assertThat(new TikvVolumes().destroy(url.toString(), Map.of())).isPositive();
            assertThat(one.dump()).isEmpty();
            assertThat(other.dump()).hasSize(1);
        }
    }

    @Test
    void usageOfTwoClientsIsAddedUp() throws Exception {
        URI url = TikvStores.newUrl(servers);
        try (TestStores one = TikvStores.open(url);
                TestStores other = TikvStores.open(url)) {
            for (TestStores stores : List.of(one, other, one)) {
                try (MetaTransaction transaction = stores.engine().begin()) {
                    transaction.increment(Counter.USED_SPACE, 4096);
                    transaction.increment(Counter.TOTAL_INODES, 1);
                    assertThat(transaction.commit()).isEqualTo(CommitOutcome.COMMITTED);
                }
            }
            assertThat(one.engine().reads().counter(Counter.USED_SPACE)).isEqualTo(2 * 4096);
            one.dump();
            other.dump();
            assertThat(one.engine().reads().counter(Counter.USED_SPACE)).isEqualTo(3 * 4096);
            assertThat(other.engine().reads().counter(Counter.TOTAL_INODES)).isEqualTo(3);
        }
    }

    /** TiKV's own clients cannot tell it from none. */
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
    void theSafePointFollowsTheClockAtTheDistanceOfTheUrl() throws Exception {
        try (TestStores stores = TikvStores.open(URI.create(TikvStores.newUrl(servers) + "?gc-interval=1h"))) {
            Instant now = Instant.now();
            stores.engine().dropOldVersions();
            assertThat(stores.engine().versionsSince())
                    .isBetween(now.minusSeconds(3605), Instant.now().minusSeconds(3595));
        }
    }

    @Test
    void aClosedEngineSaysSo() throws Exception {
        MetaEngine engine = open();
        engine.close();
        assertThatThrownBy(() -> engine.reads().attr(1)).isInstanceOf(FileError.class);
        assertThatThrownBy(engine::begin).isInstanceOf(FileError.class);
        assertThatThrownBy(engine::snapshot).isInstanceOf(FileError.class);
    }
}
