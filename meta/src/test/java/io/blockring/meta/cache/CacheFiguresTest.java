package io.blockring.meta.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.Timestamp;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.keyvalue.TestStores;
import io.blockring.meta.redis.RedisStores;
import io.blockring.meta.testing.RedisServer;
import io.blockring.meta.tree.NewVolume;
import io.blockring.meta.tree.SessionInfo;
import io.blockring.meta.tree.Upkeep;
import io.blockring.meta.tree.VolumeSetting;
import io.blockring.meta.tree.VolumeTree;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the cache costs and gains; it prints figures, and fails only where one is out of all proportion. */
@Tag("long") // figures want a machine to themselves
class CacheFiguresTest {
    /** They fit into the heap of a test, 512 MiB. */
    private static final int INODES = 500_000;

    private static final long MOST_BYTES_EACH = 1000;
    private static final int FILES = 10_000;
    private static final int ROUNDS = 20;
    private static final Duration HOUR = Duration.ofHours(1);
    private static final CacheTimes LONG = new CacheTimes(HOUR, HOUR, HOUR, HOUR, Duration.ZERO);

    @TempDir
    Path folder;

    @Test
    void heapOfAKnownFile() throws Exception {
        var cache = new TreeCache(LONG, System::nanoTime, INODES, INODES);
        long before = usedBytes();
        for (int i = 0; i < INODES; i++) {
            // Each answer of an engine is an object of its own, and so are its name and its times.
            cache.learnEntry(1, Name.of("file-%07d".formatted(i)), new Entry(i + 2L, attr(i)), cache.ask());
        }
        long each = (usedBytes() - before) / INODES;
        System.out.println("figure: bytes-per-known-file " + each);
        assertThat(cache.size()).isGreaterThan(INODES);
        assertThat(each).isLessThan(MOST_BYTES_EACH);
    }

    private static Attr attr(int i) {
        return new Attr(0, FileType.FILE, 0644, 0, 0, time(i), time(i), time(i), 1, i * 4096L, 0, 1, 0, 0, 0);
    }

    private static Timestamp time(int i) {
        return new Timestamp(1_700_000_000L + i, i);
    }

    private static long usedBytes() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void nanosecondsOfALookWithAndWithoutIt() throws Exception {
        try (TestStores rocks = TestStores.rocks(folder.resolve("db"))) {
            measure("rocksdb", rocks.engine());
        }
        try (RedisServer server = RedisServer.start(folder.resolve("redis"));
                TestStores redis = RedisStores.open(server, 1)) {
            measure("redis", redis.engine());
        }
    }

    private static void measure(String engine, MetaEngine metadata) throws Exception {
        var format = new VolumeFormat("lab", new UUID(1, 2), "file", "/bucket/", 4 << 20, false, 0, 0, 0);
        NewVolume.create(metadata, VolumeSetting.of(format, Upkeep.TODAY));
        var cache = new TreeCache(LONG, System::nanoTime);
        VolumeTree tree = VolumeTree.mount(
                metadata,
                VolumeTree.Settings.of(false, new SessionInfo("host", "", 1)),
                (_, _) -> {},
                (_, _) -> {},
                cache);
        try {
            var names = new Name[FILES];
            var inodes = new long[FILES];
            for (int i = 0; i < FILES; i++) {
                names[i] = Name.of("file-" + i);
                inodes[i] = tree.makeNode(Caller.ROOT, FileTree.ROOT, names[i], FileType.FILE, 0644, 0)
                        .inode();
            }
            FileTree cached = cache.over(tree);
            print(engine + "-getattr-ns", i -> tree.attributes(inodes[i]));
            print(engine + "-getattr-known-ns", i -> cached.attributes(inodes[i]));
            print(engine + "-lookup-ns", i -> tree.lookup(FileTree.ROOT, names[i]));
            print(engine + "-lookup-known-ns", i -> cached.lookup(FileTree.ROOT, names[i]));
        } finally {
            tree.close();
        }
    }

    @FunctionalInterface
    private interface Look {
        Object at(int file) throws FileError;
    }

    /** The fastest of several rounds over all files. */
    private static void print(String figure, Look look) throws FileError {
        long best = Long.MAX_VALUE;
        long found = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < FILES; i++) {
                found += look.at(i).hashCode() & 1;
            }
            best = Math.min(best, (System.nanoTime() - start) / FILES);
        }
        assertThat(found).isNotNegative();
        System.out.println("figure: " + figure + " " + best);
    }
}
