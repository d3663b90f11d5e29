package io.blockring.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.blockring.block.BlockKey;
import io.blockring.cacheclient.BlockCache;
import io.blockring.cacheclient.BlockCacheSettings;
import io.blockring.cacheclient.CacheStatistics;
import io.blockring.cacheclient.GroupAddress;
import io.blockring.cacheclient.GroupHealth;
import io.blockring.objectstore.Credentials;
import io.blockring.objectstore.ObjectStores;
import io.blockring.objectstore.VolumeBucket;
import io.blockring.objectstore.VolumeLayout;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * The reading path of a mount without files and without a kernel: a process that reads blocks through
 * {@link BlockCache}, which checks the CRC32C of all it gets. It does what its standard input says, line by line:
 *
 * <pre>
 * fill           puts all blocks into the object store, and reads them once
 * verify         reads all blocks and compares every byte
 * run N PASSES   reads all blocks PASSES times in N streams, each with one request in flight and its own blocks
 * </pre>
 *
 * <p>Each line is answered by one line of JSON. It ends with its standard input.
 */
final class BlockClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BLOCKS_OF_A_SLICE = 16;

    private final BlockCache cache;
    private final int blocks;

    /** What a line has done; {@code nodeBytes} of it came from the node's tiers, {@code storeBytes} did not. */
    record Done(long bytes, double seconds, long nodeBytes, long storeBytes) {}

    /** All streams wait at the first until they have their memory, and at the second until the clock was read. */
    private record Start(CyclicBarrier ready, CyclicBarrier begun) {}

    private BlockClient(BlockCache cache, int blocks) {
        this.cache = cache;
        this.blocks = blocks;
    }

    /** Arguments: storage, bucket, volume name, hash prefix, volume UUID, group, seeds, number of blocks. */
    public static void main(String[] arguments) throws Exception {
        Credentials keys = Credentials.ofEnvironment(System.getenv()).orElseThrow();
        var store = ObjectStores.open(new VolumeBucket(arguments[0], arguments[1]).address(), keys);
        var layout = new VolumeLayout(arguments[2], Boolean.parseBoolean(arguments[3]));
        var group = new GroupAddress(arguments[5], List.of(arguments[6].split(",", -1)), UUID.fromString(arguments[4]));
        try (var cache = new BlockCache(store, layout, group, BlockCacheSettings.DEFAULT)) {
            if (cache.health().state() != GroupHealth.State.CONNECTED) {
                throw new IOException(
                        "not connected to the group: " + cache.health().why());
            }
            new BlockClient(cache, Integer.parseInt(arguments[7])).serve();
        }
    }

    private void serve() throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream answers = System.out;
        String line = lines.readLine();
        while (line != null) {
            String[] words = line.split(" ", -1);
            CacheStatistics before = cache.statistics();
            double seconds = switch (words[0]) {
                case "fill" -> fill();
                case "verify" -> verify();
                case "run" -> run(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
                default -> throw new IOException("no such line: " + line);
            };
            CacheStatistics after = cache.statistics();
            long node = after.diskBytes() + after.memoryBytes() - before.diskBytes() - before.memoryBytes();
            long store = after.objectBytes() + after.peerBytes() - before.objectBytes() - before.peerBytes();
            answers.println(JSON.writeValueAsString(new Done(node + store, seconds, node, store)));
            answers.flush();
            line = lines.readLine();
        }
    }

    private BlockKey.Slice key(int block) {
        return cache.keyOf(1 + block / BLOCKS_OF_A_SLICE, block % BLOCKS_OF_A_SLICE, Pattern.BLOCK_BYTES);
    }

    private double fill() throws IOException {
        try (var arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(Pattern.BLOCK_BYTES);
            for (int block = 0; block < blocks; block++) {
                Pattern.fill(block, bytes);
                cache.write(key(block), bytes);
            }
        }
        return verify();
    }

    private double verify() throws IOException {
        long start = System.nanoTime();
        try (var arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(Pattern.BLOCK_BYTES);
            MemorySegment expected = arena.allocate(Pattern.BLOCK_BYTES);
            for (int block = 0; block < blocks; block++) {
                bytes.fill((byte) 0);
                cache.read(key(block), 0, bytes);
                Pattern.fill(block, expected);
                Pattern.check(block, bytes, expected);
            }
        }
        return secondsSince(start);
    }

    private double run(int streams, int passes) throws Exception {
        var start = new Start(new CyclicBarrier(streams + 1), new CyclicBarrier(streams + 1));
        List<FutureTask<Void>> tasks = new ArrayList<>();
        for (int stream = 0; stream < streams; stream++) {
            int from = (int) ((long) blocks * stream / streams);
            int to = (int) ((long) blocks * (stream + 1) / streams);
            var task = new FutureTask<Void>(() -> {
                readBlocks(from, to, passes, start);
                return null;
            });
            tasks.add(task);
            Thread.ofPlatform().daemon().name("stream-" + stream).start(task);
        }
        start.ready().await();
        long startNanos = System.nanoTime(); // nobody has begun before this thread goes on
        start.begun().await();
        for (FutureTask<Void> task : tasks) {
            finished(task);
        }
        return secondsSince(startNanos);
    }

    private static void finished(FutureTask<Void> task) throws IOException, InterruptedException {
        try {
            task.get();
        } catch (ExecutionException e) {
            throw new IOException("a stream broke", e.getCause());
        }
    }

    private void readBlocks(int from, int to, int passes, Start start) throws Exception {
        try (var arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(Pattern.BLOCK_BYTES);
            start.ready().await();
            start.begun().await();
            for (int pass = 0; pass < passes; pass++) {
                for (int block = from; block < to; block++) {
                    cache.read(key(block), 0, bytes);
                }
            }
        }
    }

    private static double secondsSince(long startNanos) {
        return (System.nanoTime() - startNanos) / 1e9;
    }
}
