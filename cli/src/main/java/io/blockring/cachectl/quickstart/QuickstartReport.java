package io.blockring.cachectl.quickstart;

import java.util.List;
import java.util.Map;

/**
 * What the quickstart saw, printed by {@code -o json}.
 *
 * @param equal whether every byte read was the byte written
 * @param mount whether the bytes went through a FUSE mount
 * @param disagreements where the S3 server's access log says something else than our own counters
 */
record QuickstartReport(
        boolean equal,
        boolean mount,
        Dataset dataset,
        Cold cold,
        Warmup warmup,
        Warm warm,
        List<String> disagreements) {
    record Dataset(int files, long bytes) {}

    /** The first reading, with nothing cached anywhere. */
    record Cold(long bytes, double seconds, long objectGets) {}

    /** Bytes that left the object store during the warm-up, by its access log. */
    record Warmup(long fetchedBytes, long datasetBytes, double seconds, long mostFetchesOfOneBlock) {}

    /** The reading after the warm-up; each byte is counted once, by where it came from. */
    record Warm(long bytes, double seconds, long objectGets, Sources sources, Map<String, Long> nodes) {}

    record Sources(long kernel, long local, long memory, long disk, long peer, long object) {
        long sum() {
            return kernel + local + memory + disk + peer + object;
        }
    }

    /** Whether this shows what the quickstart promises. */
    boolean holds(int expectedNodes) {
        return equal
                && disagreements.isEmpty()
                && warmup.fetchedBytes() == warmup.datasetBytes()
                && warmup.mostFetchesOfOneBlock() <= 1
                && warm.objectGets() == 0
                && warm.sources().kernel() == 0
                && warm.sources().local() == 0
                && warm.sources().sum() == warm.bytes()
                && warm.nodes().values().stream().filter(bytes -> bytes > 0).count() == expectedNodes;
    }
}
