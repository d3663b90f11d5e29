package io.blockring.cachenode;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What a user decides about a cache node.
 *
 * @param group that the node belongs to
 * @param name what people call the node
 * @param directory where its id and {@code node.json} lie
 * @param listen where its listeners bind
 * @param limits of what it takes on
 */
public record CacheNodeSettings(String group, String name, Path directory, Listen listen, Limits limits) {
    /**
     * Where the listeners of a node bind.
     *
     * @param host name or address; also the one that others are told
     * @param controlPort gRPC; 0 lets the kernel choose
     * @param blockPort block protocol; 0 lets the kernel choose
     * @param blockSocket path of a Unix socket for the block protocol; empty for none
     */
    public record Listen(String host, int controlPort, int blockPort, String blockSocket) {
        /** On this machine only, on ports that the kernel chooses. */
        public static final Listen LOOPBACK = new Listen("127.0.0.1", 0, 0, "");
    }

    /**
     * What a node takes on; over a limit it says that it is busy.
     *
     * @param serverThreads how many requests are parsed and sent at once
     * @param connections how many readers may be connected
     * @param queuedRequests how many requests may wait for a thread
     * @param fills how many blocks may be fetched at once
     * @param fillBytes how many bytes the blocks being fetched may have together
     * @param slowReader how long a reader may take no byte of its answer before it is cut off
     * @param fillDeadline how long a reader without a deadline of its own waits for a fill
     * @param earlierOwner how long after a change of the ring the earlier owner of a block is asked for it
     */
    public record Limits(
            int serverThreads,
            int connections,
            int queuedRequests,
            int fills,
            long fillBytes,
            Duration slowReader,
            Duration fillDeadline,
            Duration earlierOwner) {
        /** For a machine with that many processors. */
        public static Limits forProcessors(int processors) {
            return new Limits(
                    Math.max(4, 2 * processors),
                    10_000,
                    4_096,
                    64,
                    512L << 20,
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(10));
        }

        public Limits {
            if (serverThreads < 1 || connections < 1 || queuedRequests < 0 || fills < 1 || fillBytes < 1) {
                throw new IllegalArgumentException("a limit of a cache node is below the least that works");
            }
        }
    }
}
