package io.blockring.cacheclient;

import java.util.Map;

/**
 * What a block cache has done. The first four sum to all bytes that were returned to callers, each counted once.
 *
 * @param memoryBytes from the memory of nodes
 * @param diskBytes from the disks of nodes
 * @param peerBytes from nodes that had them from a block's earlier owner just then
 * @param objectBytes from the object store: by nodes that fetched them just then, or by us
 * @param directBytes of these: by us
 * @param nodeBytes from each node, by its name
 * @param storeGets our own requests to the object store
 * @param badUnits answers of nodes that were not what their checksums said
 * @param busyAnswers nodes that said they were busy
 * @param lostAnswers connections lost and silences
 * @param budgetWaits reads that had to wait before they might ask the object store
 * @param offersSent blocks just written that a node took, or had
 * @param offersDropped blocks just written that were not offered
 */
public record CacheStatistics(
        long memoryBytes,
        long diskBytes,
        long peerBytes,
        long objectBytes,
        long directBytes,
        Map<String, Long> nodeBytes,
        long reads,
        long failedReads,
        long storeGets,
        long badUnits,
        long busyAnswers,
        long lostAnswers,
        long budgetWaits,
        long offersSent,
        long offersDropped) {
    public CacheStatistics {
        nodeBytes = Map.copyOf(nodeBytes);
    }
}
