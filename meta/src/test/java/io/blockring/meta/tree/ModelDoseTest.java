package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import io.blockring.meta.Caller;
import io.blockring.meta.FileTree;
import io.blockring.meta.Name;
import io.blockring.meta.keyvalue.StructureCheck;
import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.redis.RedisStores;
import io.blockring.meta.testing.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** 200,000 operations against the model, by one client and by three at once, on both engines. */
@Tag("long")
class ModelDoseTest {
    private static final int SEEDS = 100;
    private static final int STEPS = 500;
    private static final int CLIENTS = 3;

    /** A third of the steps of one client for each of three. */
    private static final int STEPS_OF_EACH = STEPS / CLIENTS + 1;

    private static final Duration LIMIT = Duration.ofMinutes(5);

    @TempDir
    Path folder;

    @Test
    void oneClientOfRocksDb() {
        Seeds.forEach(SEEDS, random -> {
            try (TestStores stores = rocks(random)) {
                oneClient(new TestVolume(stores, random.nextInt(2)), random);
            }
        });
    }

    @Test
    void threeClientsOfRocksDbInOneProcess() {
        Seeds.forEach(SEEDS, random -> {
            try (TestStores stores = rocks(random)) {
                var volume = new TestVolume(stores, random.nextInt(2));
                VolumeTree shared = volume.mount();
                severalClients(volume, List.of(shared, shared, shared), random);
            }
        });
    }

    @Test
    void oneClientOfRedis() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("redis"))) {
            Seeds.forEach(SEEDS, random -> {
                try (TestStores stores = redis(server)) {
                    oneClient(new TestVolume(stores, random.nextInt(2)), random);
                }
            });
        }
    }

    @Test
    void threeClientsOfRedis() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("redis"))) {
            Seeds.forEach(SEEDS, random -> {
                try (TestStores stores = redis(server)) {
                    var volume = new TestVolume(stores, random.nextInt(2));
                    severalClients(volume, List.of(volume.mount(), volume.mount(), volume.mount()), random);
                }
            });
        }
    }

    private TestStores rocks(Random random) throws Exception {
        return TestStores.rocks(folder.resolve("db" + random.nextLong()));
    }

    private static TestStores redis(RedisServer server) throws Exception {
        return RedisStores.open(server, RedisStores.newDatabase());
    }

    private static boolean keepsTrash(VolumeTree tree) {
        return tree.format().trashDays() > 0;
    }

    private static void oneClient(TestVolume volume, Random random) throws Exception {
        VolumeTree tree = volume.mount();
        work(new ModelRun(tree, volume.objects, random, keepsTrash(tree)), STEPS);
        assertSound(volume, tree);
    }

    /** Each in a directory of its own; what they share are ids, sums, the trash and the parent of their directories. */
    private static void severalClients(TestVolume volume, List<VolumeTree> trees, Random random) throws Exception {
        var runs = new ArrayList<ModelRun>();
        for (int i = 0; i < trees.size(); i++) {
            VolumeTree tree = trees.get(i);
            // The model's root has that mode, and may be cloned.
            long own = tree.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("client" + i), 0777)
                    .inode();
            runs.add(new ModelRun(tree, own, volume.objects, new Random(random.nextLong()), keepsTrash(tree)));
        }
        try (var threads = Executors.newFixedThreadPool(runs.size())) {
            List<Future<?>> all = new ArrayList<>();
            for (ModelRun run : runs) {
                all.add(threads.submit(() -> {
                    work(run, STEPS_OF_EACH);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            }
        }
        assertSound(volume, trees.getFirst());
    }

    private static void work(ModelRun run, int steps) throws Exception {
        for (int i = 0; i < steps; i++) {
            run.step();
        }
        run.compare();
        run.closeAll();
        run.compare();
    }

    private static void assertSound(TestVolume volume, VolumeTree tree) throws Exception {
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
        volume.clock.advance(Duration.ofDays(2));
        tree.heartbeat();
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
        assertThat(volume.objects.ids())
                .as("the objects that are left are those in use")
                .isEqualTo(StructureCheck.usedSlices(volume.stores.dump()));
    }
}
