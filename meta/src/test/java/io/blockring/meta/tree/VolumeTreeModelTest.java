package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.meta.keyvalue.EtcdStores;
import io.blockring.meta.keyvalue.MemoryByteStore;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.keyvalue.TikvStores;
import io.blockring.meta.redis.RedisStores;
import io.blockring.meta.testing.EtcdServer;
import io.blockring.meta.testing.RedisServer;
import io.blockring.tikvclient.testing.TikvServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** The rules against a model of maps; the structure of the records is checked after each run. */
class VolumeTreeModelTest {
    private static final int STEPS = 150;

    @TempDir
    Path folder;

    @Test
    void itIsATreeOfFiles() {
        Seeds.forEach(120, random -> {
            var volume = new TestVolume(TestStores.memory(new MemoryByteStore(true)), 0);
            runAndCompare(volume, random, false);
            assertThat(volume.objects.ids())
                    .as("the objects that are left are those in use")
                    .isEqualTo(StructureCheck.usedSlices(volume.stores.dump()));
        });
    }

    @Test
    void itIsOneOnRocksDbToo() {
        Seeds.forEach(5, random -> {
            try (TestStores stores = TestStores.rocks(folder.resolve("db" + random.nextLong()))) {
                runAndCompare(new TestVolume(stores, 0), random, false);
            }
        });
    }

    @Test
    void itIsOneOnRedisToo() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("redis"))) {
            Seeds.forEach(20, random -> {
                try (TestStores stores = RedisStores.open(server, RedisStores.newDatabase())) {
                    runAndCompare(new TestVolume(stores, 0), random, false);
                }
            });
        }
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "PD_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
    @EnabledIfEnvironmentVariable(named = "UNISTORE_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
    void itIsOneOnTikvToo() throws Exception {
        try (TikvServers servers = TikvServers.start(folder)) {
            Seeds.forEach(5, random -> {
                try (TestStores stores = TikvStores.open(TikvStores.newUrl(servers));
                        TestStores spread = TikvStores.open(TikvStores.newUrlOfRegions(servers))) {
                    runAndCompare(new TestVolume(stores, 0), random, false);
                    runAndCompare(new TestVolume(spread, 0), random, false);
                }
            });
        }
    }

    @Test
    void itIsOneOnEtcdToo() throws Exception {
        try (EtcdServer server = EtcdServer.start(folder.resolve("etcd"))) {
            Seeds.forEach(5, random -> {
                try (TestStores stores = EtcdStores.open(server)) {
                    runAndCompare(new TestVolume(stores, 0), random, false);
                }
            });
        }
    }

    @Test
    void itIsOneWhenAnswersToCommitsAreLost() {
        Seeds.forEach(120, random -> {
            var store = new MemoryByteStore(true);
            var volume = new TestVolume(TestStores.memory(store), 0);
            store.loseAnswers(new Random(random.nextLong()));
            VolumeTree tree = runAndCompare(volume, random, false);
            store.loseAnswers(null);
            volume.clock.advance(Duration.ofHours(2));
            tree.heartbeat();
            assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
            assertThat(volume.objects.ids()).isEqualTo(StructureCheck.usedSlices(volume.stores.dump()));
        });
    }

    @Test
    void deferredCountersAreRightOnceTheyAreWritten() {
        Seeds.forEach(60, random -> {
            var volume = new TestVolume(TestStores.memoryWithDeferredCounters(new MemoryByteStore(false)), 0);
            var run = new ModelRun(volume.mount(), volume.objects, random, false);
            for (int i = 0; i < STEPS; i++) {
                run.step();
            }
            volume.stores.engine().flushUsage();
            assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
        });
    }

    @Test
    void theTrashKeepsEverythingUntilItsTimeHasCome() {
        Seeds.forEach(80, random -> {
            var volume = new TestVolume(TestStores.memory(new MemoryByteStore(true)), 1);
            VolumeTree tree = runAndCompare(volume, random, true);
            volume.clock.advance(Duration.ofDays(2));
            tree.heartbeat();
            assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
            assertThat(tree.list(Trash.ROOT, null, 10, true)).isEmpty();
            assertThat(volume.objects.ids()).isEqualTo(StructureCheck.usedSlices(volume.stores.dump()));
        });
    }

    private static VolumeTree runAndCompare(TestVolume volume, Random random, boolean withTrash) throws Exception {
        VolumeTree tree = volume.mount();
        var run = new ModelRun(tree, volume.objects, random, withTrash);
        for (int i = 0; i < STEPS; i++) {
            run.step();
            if (i % 50 == 0) {
                assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
            }
        }
        run.compare();
        run.closeAll();
        run.compare();
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
        return tree;
    }
}
