package io.blockring.cacheclient;

import io.blockring.proto.blockprotocol.Answer;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts the bytes that were returned to callers, each once, by where they came from. */
final class ReadCounters {
    private final LongAdder memory = new LongAdder();
    private final LongAdder disk = new LongAdder();
    private final LongAdder peer = new LongAdder();
    private final LongAdder object = new LongAdder();
    private final LongAdder direct = new LongAdder();
    private final Map<String, LongAdder> nodes = new ConcurrentHashMap<>();
    final LongAdder reads = new LongAdder();
    final LongAdder failedReads = new LongAdder();
    final LongAdder storeGets = new LongAdder();
    final LongAdder badUnits = new LongAdder();
    final LongAdder busyAnswers = new LongAdder();
    final LongAdder lostAnswers = new LongAdder();
    final LongAdder budgetWaits = new LongAdder();
    final LongAdder offersSent = new LongAdder();
    final LongAdder offersDropped = new LongAdder();

    void fromNode(String node, Answer.Source source, long bytes) {
        switch (source) {
            case MEMORY -> memory.add(bytes);
            case DISK -> disk.add(bytes);
            case PEER -> peer.add(bytes);
            case STORE, NONE, OTHER -> object.add(bytes);
        }
        nodes.computeIfAbsent(node, name -> new LongAdder()).add(bytes);
    }

    void fromStore(long bytes) {
        object.add(bytes);
        direct.add(bytes);
    }

    CacheStatistics snapshot() {
        var byNode = new TreeMap<String, Long>();
        nodes.forEach((name, bytes) -> byNode.put(name, bytes.sum()));
        return new CacheStatistics(
                memory.sum(),
                disk.sum(),
                peer.sum(),
                object.sum(),
                direct.sum(),
                byNode,
                reads.sum(),
                failedReads.sum(),
                storeGets.sum(),
                badUnits.sum(),
                busyAnswers.sum(),
                lostAnswers.sum(),
                budgetWaits.sum(),
                offersSent.sum(),
                offersDropped.sum());
    }
}
