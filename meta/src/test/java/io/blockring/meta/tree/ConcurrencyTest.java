package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileError.Kind;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
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
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** Many threads in the same few directories. */
class ConcurrencyTest {
    private static final int THREADS = 8;
    private static final Timestamp MTIME = new Timestamp(1_700_000_000, 0);
    /** What may come out when others change the same names. */
    private static final Set<Kind> EXPECTED = EnumSet.of(
            Kind.NOT_FOUND,
            Kind.EXISTS,
            Kind.NOT_EMPTY,
            Kind.NOT_DIRECTORY,
            Kind.IS_DIRECTORY,
            Kind.INVALID,
            Kind.NOT_PERMITTED);

    @TempDir
    Path folder;

    @Test
    void threadsOfOneProcessKeepTheTreeSound() throws Exception {
        try (TestStores stores = TestStores.rocks(folder.resolve("db"))) {
            var volume = new TestVolume(stores, 0);
            VolumeTree tree = volume.mount();
            inParallel(thread -> work(volume, tree, new Random(thread), 400));
            assertSound(volume);
        }
    }

    /** Two mounts on one engine: their threads share no locks and meet in conflicts. */
    @Test
    void severalMountsKeepTheTreeSound() throws Exception {
        severalMountsKeepSound(new TestVolume(TestStores.memory(new MemoryByteStore(false)), 0));
    }

    @Test
    void severalMountsOfRedisKeepTheTreeSound() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("redis"));
                TestStores stores = RedisStores.open(server, 1)) {
            severalMountsKeepSound(new TestVolume(stores, 0));
        }
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "PD_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
    @EnabledIfEnvironmentVariable(named = "UNISTORE_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
    void severalMountsOfTikvKeepTheTreeSound() throws Exception {
        try (TikvServers servers = TikvServers.start(folder);
                TestStores stores = TikvStores.open(TikvStores.newUrl(servers))) {
            severalMountsKeepSound(new TestVolume(stores, 0));
        }
    }

    @Test
    void severalMountsOfEtcdKeepTheTreeSound() throws Exception {
        try (EtcdServer server = EtcdServer.start(folder.resolve("etcd"));
                TestStores stores = EtcdStores.open(server)) {
            severalMountsKeepSound(new TestVolume(stores, 0));
        }
    }

    private static void severalMountsKeepSound(TestVolume volume) throws Exception {
        List<VolumeTree> trees = List.of(volume.mount(), volume.mount());
        inParallel(thread -> work(volume, trees.get(thread % 2), new Random(thread), 150));
        assertSound(volume);
    }

    /** Threads that move a few directories into one another, through mounts that share no locks, make no loop. */
    @Test
    void directoriesMovedIntoOneAnotherMakeNoLoop() throws Exception {
        directoriesMakeNoLoop(new TestVolume(TestStores.memory(new MemoryByteStore(false)), 0));
    }

    @Test
    void directoriesMovedIntoOneAnotherInRedisMakeNoLoop() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("redis"));
                TestStores stores = RedisStores.open(server, 1)) {
            directoriesMakeNoLoop(new TestVolume(stores, 0));
        }
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "PD_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
    @EnabledIfEnvironmentVariable(named = "UNISTORE_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
    void directoriesMovedIntoOneAnotherInTikvMakeNoLoop() throws Exception {
        try (TikvServers servers = TikvServers.start(folder);
                TestStores stores = TikvStores.open(TikvStores.newUrlOfRegions(servers))) {
            directoriesMakeNoLoop(new TestVolume(stores, 0));
        }
    }

    @Test
    void directoriesMovedIntoOneAnotherInEtcdMakeNoLoop() throws Exception {
        try (EtcdServer server = EtcdServer.start(folder.resolve("etcd"));
                TestStores stores = EtcdStores.open(server)) {
            directoriesMakeNoLoop(new TestVolume(stores, 0));
        }
    }

    private static void directoriesMakeNoLoop(TestVolume volume) throws Exception {
        List<VolumeTree> trees = List.of(volume.mount(), volume.mount(), volume.mount());
        List<Long> directories = new ArrayList<>(List.of(FileTree.ROOT));
        for (int i = 0; i < 5; i++) {
            directories.add(trees.getFirst()
                    .makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("n" + i), 0755)
                    .inode());
        }
        inParallel(thread -> {
            var random = new Random(thread);
            for (int i = 0; i < 300; i++) {
                move(trees.get(thread % 3), directories, random);
            }
        });
        assertSound(volume);
    }

    /** Many clients that add to one directory do not wait for one another: what is blind stays without conflict. */
    @Test
    void manyMountsAddToOneDirectoryOfRedis() throws Exception {
        try (RedisServer server = RedisServer.start(folder.resolve("redis"));
                TestStores stores = RedisStores.open(server, 1)) {
            var volume = new TestVolume(stores, 0);
            List<VolumeTree> trees = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                trees.add(volume.mount());
            }
            inParallel(thread -> {
                for (int i = 0; i < 100; i++) {
                    Name name = Name.of("t" + thread + "-" + i);
                    if (i % 4 == 0) {
                        trees.get(thread).makeDirectory(Caller.ROOT, FileTree.ROOT, name, 0755);
                    } else {
                        trees.get(thread).makeNode(Caller.ROOT, FileTree.ROOT, name, FileType.FILE, 0644, 0);
                    }
                }
            });
            assertThat(trees.getFirst().attributes(FileTree.ROOT).nlink()).isEqualTo(2 + THREADS * 25);
            assertThat(trees.getFirst().list(FileTree.ROOT, null, 10_000, true)).hasSize(THREADS * 100);
            assertSound(volume);
        }
    }

    private static void move(VolumeTree tree, List<Long> directories, Random random) throws FileError {
        long from = directories.get(random.nextInt(directories.size()));
        long to = directories.get(random.nextInt(directories.size()));
        Name name = Name.of("n" + random.nextInt(5));
        RenameMode mode = random.nextInt(3) == 0 ? RenameMode.EXCHANGE : RenameMode.NO_REPLACE;
        try {
            tree.rename(Caller.ROOT, from, name, to, Name.of("n" + random.nextInt(5)), mode);
        } catch (FileError e) {
            assertThat(e.kind()).as(e.getMessage()).isIn(EXPECTED);
        }
    }

    private static void assertSound(TestVolume volume) throws FileError {
        assertThat(StructureCheck.problems(volume.stores.dump())).isEmpty();
        assertThat(volume.objects.ids()).isEqualTo(StructureCheck.usedSlices(volume.stores.dump()));
    }

    @FunctionalInterface
    private interface Work {
        void run(int thread) throws Exception;
    }

    private static void inParallel(Work work) throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(THREADS)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                all.add(executor.submit(() -> {
                    work.run(thread);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
        }
    }

    private static void work(TestVolume volume, VolumeTree tree, Random random, int steps) throws FileError {
        List<Long> directories = new ArrayList<>(List.of(FileTree.ROOT));
        for (int i = 0; i < steps; i++) {
            try {
                step(volume, tree, random, directories);
            } catch (FileError e) {
                assertThat(e.kind()).as(e.getMessage()).isIn(EXPECTED);
            }
        }
    }

    private static void step(TestVolume volume, VolumeTree tree, Random random, List<Long> directories)
            throws FileError {
        long parent = directories.get(random.nextInt(directories.size()));
        long other = directories.get(random.nextInt(directories.size()));
        Name name = Name.of("n" + random.nextInt(6));
        Name otherName = Name.of("n" + random.nextInt(6));
        switch (random.nextInt(9)) {
            case 0 ->
                directories.add(
                        tree.makeDirectory(Caller.ROOT, parent, name, 0755).inode());
            case 1, 2 -> tree.makeNode(Caller.ROOT, parent, name, FileType.FILE, 0644, 0);
            case 3 -> tree.unlink(Caller.ROOT, parent, name);
            case 4 -> tree.removeDirectory(Caller.ROOT, parent, name);
            case 5, 6 ->
                tree.rename(
                        Caller.ROOT,
                        parent,
                        name,
                        other,
                        otherName,
                        random.nextInt(4) == 0 ? RenameMode.EXCHANGE : RenameMode.REPLACE);
            case 7 -> tree.link(Caller.ROOT, tree.lookup(parent, name).inode(), other, otherName);
            default -> append(volume, tree, tree.lookup(parent, name).inode(), random);
        }
    }

    /** Opens, writes and closes, as a mount does, whoever unlinks the file meanwhile. */
    private static void append(TestVolume volume, VolumeTree tree, long inode, Random random) throws FileError {
        tree.open(inode);
        try {
            long id = tree.newSliceId();
            volume.objects.put(id, 1);
            int bytes = SliceStore.CELL_BYTES;
            var slice = new SliceRecord(random.nextInt(4) * bytes, id, bytes, 0, bytes);
            try {
                tree.append(inode, 0, slice, MTIME);
            } catch (FileError e) {
                volume.objects.forget(id);
                throw e;
            }
            if (random.nextInt(4) == 0) {
                tree.compact(inode, 0);
            }
        } finally {
            tree.close(inode);
        }
    }
}
