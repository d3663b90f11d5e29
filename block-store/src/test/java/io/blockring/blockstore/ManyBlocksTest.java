package io.blockring.blockstore;

import static io.blockring.blockstore.TestBlocks.block;
import static io.blockring.blockstore.TestBlocks.fill;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.BlockKey;
import io.blockring.blockstore.BlockIndex.BlockRow;
import io.blockring.blockstore.BlockIndex.SegmentRow;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that opens a directory of very many blocks: how soon it has them, in how much memory.
 *
 * <p>One block in a hundred has bytes; of the others there are the rows and the slots alone, and nobody asks for them.
 */
@Tag("long") // tens of millions of rows have to be written first
class ManyBlocksTest {
    private static final int BLOCK_BYTES = 32 << 10;
    private static final int BACKED_PART = 100;
    private static final int FIRST_ROWS_SEGMENT = 100_000;
    private static final int HITS = 10_000;
    private static final int LOOK_UPS = 200_000;
    /** What the lines of the process start with that are not of its log. */
    private static final String FIGURE = "> ";

    private static final Duration LOADING_PATIENCE = Duration.ofMinutes(10);

    @TempDir
    Path directory;

    @Test
    void aMillionAreThereAfterAStop() throws Exception {
        areThereAfterAStop(1_000_000);
    }

    @Test
    void whatFiftyTerabytesHoldIsThereAfterAStop() throws Exception {
        areThereAfterAStop(12_500_000);
    }

    @Test
    void fiftyMillionAreThereAfterAStop() throws Exception {
        areThereAfterAStop(50_000_000);
    }

    private void areThereAfterAStop(int entries) throws Exception {
        int backed = entries / BACKED_PART;
        fillBacked(entries, backed);
        addRows(entries - backed);
        run(
                entries,
                backed,
                "first",
                child -> child.getOutputStream().close()); // the end of its input: it ends in order
        run(entries, backed, "clean", Process::destroyForcibly); // SIGKILL
        run(entries, backed, "killed", Process::destroyForcibly);
    }

    private interface Ending {
        void of(Process child) throws IOException;
    }

    /** Starts a process, notes what it says until it is done, and ends it. */
    private void run(int entries, int backed, String after, Ending end) throws Exception {
        Process child = start(entries, backed);
        try (var lines = new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null && !line.equals("done")) {
                if (line.startsWith(FIGURE)) {
                    System.out.println("figure: " + entries + "-" + after + "-" + line.substring(FIGURE.length()));
                }
                line = lines.readLine();
            }
            assertThat(line).as("what the process said last").isEqualTo("done");
            end.of(child);
            assertThat(child.waitFor(120, TimeUnit.SECONDS)).isTrue();
        } finally {
            child.destroyForcibly();
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** The process that is measured. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws Exception {
            int entries = Integer.parseInt(arguments[1]);
            int backed = Integer.parseInt(arguments[2]);
            long started = ManagementFactory.getRuntimeMXBean().getStartTime();
            var random = new Random(entries);
            try (var store =
                    BlockStore.open(settings(Path.of(arguments[0]), entries), StoreParts.real(Runnable::run))) {
                say("open-ms", System.currentTimeMillis() - started);
                for (int i = 0; i < HITS; i++) {
                    try (StoredBlock found = TestBlocks.found(store, backedBlock(random.nextInt(backed)))) {
                        if (!found.isIntact()) {
                            throw new IllegalStateException("wrong bytes");
                        }
                    }
                }
                say("ready-ms", System.currentTimeMillis() - started);
                say("ready-rss-mb", residentBytes() / 1_000_000);
                if (!store.awaitLoaded(LOADING_PATIENCE) || store.usage().disk().blocks() != entries) {
                    throw new IllegalStateException(store.usage() + " is not all");
                }
                say("loaded-ms", System.currentTimeMillis() - started);
                say("loaded-rss-mb", residentBytes() / 1_000_000);
                say("table-bytes-per-block", (double) store.usage().tableBytes() / entries);
                lookUp(store, backed, random);
                System.out.println("done");
                int _ = System.in.read(); // until its input ends, or it is killed
            }
        }

        private static void lookUp(BlockStore store, int backed, Random random) {
            long[] nanos = new long[LOOK_UPS];
            for (int i = 0; i < LOOK_UPS; i++) {
                BlockKey key = backedBlock(random.nextInt(backed));
                long start = System.nanoTime();
                TestBlocks.found(store, key).close();
                nanos[i] = System.nanoTime() - start;
            }
            Arrays.sort(nanos);
            say("look-up-p50-us", nanos[LOOK_UPS / 2] / 1000.0);
            say("look-up-p99-us", nanos[LOOK_UPS / 100 * 99] / 1000.0);
        }

        private static void say(String name, Object value) {
            System.out.println(FIGURE + name + " " + value);
        }

        private static long residentBytes() throws IOException {
            try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
                String line = lines.filter(each -> each.startsWith("VmRSS:"))
                        .findFirst()
                        .orElseThrow();
                return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
            }
        }
    }

    private void fillBacked(int entries, int backed) throws Exception {
        try (var store = BlockStore.open(settings(directory, entries))) {
            for (int i = 0; i < backed; i++) {
                fill(store, backedBlock(i));
            }
        }
    }

    private void addRows(int rows) throws IOException {
        var random = new Random(rows);
        try (BlockIndex index = RocksBlockIndex.open(directory.resolve("index"), 64 << 20)) {
            int segment = FIRST_ROWS_SEGMENT;
            for (int row = 0; row < rows; row++) {
                int slot = row % Segment.MAX_SLOTS;
                if (slot == 0) {
                    segment++;
                    var kind = new Segment.Kind(2, 0, SizeClass.of(BLOCK_BYTES));
                    index.putSegment(new SegmentRow(segment, kind, Segment.MAX_SLOTS));
                    Files.createFile(directory.resolve("slots").resolve("%08x.slots".formatted(segment)));
                }
                var block = new Fingerprint(random.nextLong(), random.nextInt(1 << Fingerprint.HIGH_BITS));
                index.putBlock(new BlockRow(block, (long) segment << Short.SIZE | slot), null);
            }
            index.markClean();
        }
    }

    private Process start(int entries, int backed) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        directory.toString(),
                        String.valueOf(entries),
                        String.valueOf(backed))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static BlockKey backedBlock(int i) {
        return block(1, 1 + i, BLOCK_BYTES);
    }

    /** Room for twice as many. */
    private static BlockStoreSettings settings(Path directory, int entries) {
        long bytes = 2L * entries * SizeClass.of(BLOCK_BYTES).chargedBytes();
        return new BlockStoreSettings(List.of(new CacheDirectory(directory, bytes)), 0, 16 << 20);
    }
}
