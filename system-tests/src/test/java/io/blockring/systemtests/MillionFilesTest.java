package io.blockring.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.CommitOutcome;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.testing.RedisServer;
import io.blockring.meta.volume.MountOptions;
import io.blockring.meta.volume.Volume;
import io.blockring.systemtests.rig.Program;
import io.blockring.systemtests.rig.RealMounts;
import io.blockring.systemtests.rig.TestCluster;
import io.blockring.tikvclient.testing.TikvServers;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** A directory of a million files through a mount with the heap that is shipped. */
@Tag("long") // a million files have to be made first, for each engine
class MillionFilesTest {
    private static final int FILES = 1_000_000;
    private static final int THREADS = 4;

    /** Files that one transaction makes. */
    private static final int AT_ONCE = 500;

    private static final Duration LIMIT = Duration.ofMinutes(25);
    private static final String SHIPPED_HEAP = "-Xmx256m";
    private static final long MAX_HEAP_KIB = 256 << 10;
    private static final Pattern USED_KIB = Pattern.compile("(?:total|size) \\d+K, used (\\d+)K");

    @TempDir
    Path folder;

    @Test
    void aMillionFilesInRocksDbAreListedInOrder() throws Exception {
        RealMounts.require();
        try (TestCluster cluster = TestCluster.start()) {
            list("rocksdb", cluster, cluster.createVolume("many"));
        }
    }

    @Test
    void aMillionFilesInRedisAreListedInOrder() throws Exception {
        RealMounts.require();
        try (RedisServer redis = RedisServer.start(folder.resolve("redis"));
                TestCluster cluster = TestCluster.start()) {
            list("redis", cluster, cluster.createVolume("many", redis.url(1).toString()));
        }
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "PD_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
    @EnabledIfEnvironmentVariable(named = "UNISTORE_SERVER", matches = ".+", disabledReason = TikvServers.NOT_SHOWN)
    void aMillionFilesInTikvAreListedInOrder() throws Exception {
        RealMounts.require();
        try (TikvServers servers = TikvServers.start(folder);
                TestCluster cluster = TestCluster.start()) {
            list("tikv", cluster, cluster.createVolume("many", "tikv://" + servers.driver() + "/many"));
        }
    }

    private static void list(String engine, TestCluster cluster, String meta) throws Exception {
        long start = System.nanoTime();
        fill(URI.create(meta));
        figure(engine, "made-per-second", Math.round(FILES / seconds(start)));

        Path mount = cluster.mount(meta);
        Path directory = mount.resolve("many");
        long pid = cluster.mountProcess(mount).pid();
        assertThat(Files.readString(Path.of("/proc/" + pid + "/cmdline"))).contains(SHIPPED_HEAP);
        figure(engine, "rss-before-kib", peakRssKib(pid));
        for (int i = 1; i <= 2; i++) {
            start = System.nanoTime();
            // The first two are . and .., and what follows is to be in the order of bytes as it comes.
            String listed =
                    shell("cd '" + directory + "' && ls -f -1 | tail -n +3 | tee >(wc -l >&2) | LC_ALL=C sort -c");
            figure(engine, "listing-" + i + "-seconds", seconds(start));
            assertThat(listed.strip()).isEqualTo(Integer.toString(FILES));
            figure(engine, "listing-" + i + "-heap-kib", heapUsedKib(pid));
        }
        start = System.nanoTime();
        assertThat(shell("find '" + directory + "' -type f -name 'file-*[05]' | wc -l >&2")
                        .strip())
                .isEqualTo(Integer.toString(FILES / 5));
        figure(engine, "find-seconds", seconds(start));
        figure(engine, "find-heap-kib", heapUsedKib(pid));
        figure(engine, "peak-rss-kib", peakRssKib(pid));
        assertThat(heapUsedKib(pid)).isLessThan(MAX_HEAP_KIB);
        assertThat(cluster.mountProcess(mount).isAlive()).isTrue();
        assertThat(Files.size(directory.resolve("file-0999999"))).isZero();
        cluster.umount(mount);
    }

    /** Makes the files by the library, for a mount would take an hour. */
    private static void fill(URI meta) throws Exception {
        try (Volume volume = Volume.open(meta, MountOptions.PLAIN);
                var threads = Executors.newFixedThreadPool(THREADS)) {
            FileTree tree = volume.mount((_, _) -> {}, (_, _) -> {});
            long directory = tree.makeDirectory(Caller.ROOT, FileTree.ROOT, Name.of("many"), 0755)
                    .inode();
            Attr attr = tree.makeNode(Caller.ROOT, directory, name(0), FileType.FILE, 0644, 0)
                    .attr();
            long last = volume.engine().increment(Counter.NEXT_INODE, FILES) - 1;
            List<Future<?>> makers = new ArrayList<>();
            for (int from = 1; from < FILES; from += AT_ONCE) {
                int first = from;
                makers.add(threads.submit(() -> {
                    make(volume.engine(), directory, attr, first, last);
                    return null;
                }));
            }
            for (Future<?> maker : makers) {
                maker.get(LIMIT.toMinutes(), TimeUnit.MINUTES);
            }
        }
    }

    /** Many files in one transaction, each with an inode of its own below {@code last}. */
    private static void make(MetaEngine engine, long directory, Attr attr, int first, long last) throws FileError {
        try (MetaTransaction transaction = engine.begin()) {
            for (int i = first; i < Math.min(first + AT_ONCE, FILES); i++) {
                transaction.putAttr(last - i, attr);
                transaction.putChild(directory, name(i), new Child(FileType.FILE, last - i));
            }
            assertThat(transaction.commit()).isEqualTo(CommitOutcome.COMMITTED);
        }
    }

    private static Name name(int number) throws FileError {
        return Name.of("file-%07d".formatted(number));
    }

    /** Runs a script; returns what it wrote to its error output. */
    private static String shell(String script) {
        return Program.run(Map.of(), null, List.of("bash", "-o", "pipefail", "-c", script), LIMIT)
                .orFail()
                .err();
    }

    private static long peakRssKib(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .map(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    /** What is in the heap now, garbage and all: never more than its peak, and the limit holds for that by itself. */
    private static long heapUsedKib(long pid) {
        String info = Program.run(
                        Map.of(),
                        null,
                        List.of(
                                Program.javaCommand().replaceFirst("java$", "jcmd"),
                                Long.toString(pid),
                                "GC.heap_info"))
                .orFail()
                .out();
        Matcher used = USED_KIB.matcher(info);
        long sum = 0;
        while (used.find()) {
            sum += Long.parseLong(used.group(1));
        }
        assertThat(sum).as(info).isPositive();
        return sum;
    }

    private static double seconds(long startNanos) {
        return Math.round((System.nanoTime() - startNanos) / 1e8) / 10.0;
    }

    private static void figure(String engine, String name, Number value) {
        System.out.println("figure: " + engine + "-" + name + " " + value);
    }
}
