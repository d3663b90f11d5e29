package io.blockring.cachectl.warmup;

import io.blockring.proto.control.FillFailure;
import io.blockring.proto.control.FillProgress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a warm-up has planned and what the nodes say they have done. Safe for use by many threads. */
public final class WarmupTally {
    /** Failures that are kept to be shown; all are counted. */
    private static final int MAX_FAILURES = 100;

    /** Blocks and bytes of one kind. */
    public record Count(long blocks, long bytes) {
        Count plus(long moreBlocks, long moreBytes) {
            return new Count(blocks + moreBlocks, bytes + moreBytes);
        }
    }

    /** How far it is; {@code listed} says whether the totals are final. */
    public record State(
            boolean listed,
            long files,
            Count total,
            Count already,
            Count fetched,
            long failedBlocks,
            Map<String, Long> fetchedByNode,
            List<String> failures) {
        public long doneBlocks() {
            return already.blocks() + fetched.blocks() + failedBlocks;
        }
    }

    private static final Count NONE = new Count(0, 0);

    private boolean listed;
    private long files;
    private Count total = NONE;
    private Count already = NONE;
    private Count fetched = NONE;
    private long failedBlocks;
    private final Map<String, Long> fetchedByNode = new TreeMap<>();
    private final List<String> failures = new ArrayList<>();

    synchronized void planned(long blocks, long bytes) {
        files++;
        total = total.plus(blocks, bytes);
    }

    synchronized void listedAll() {
        listed = true;
    }

    /** Adds what one batch did since {@code before}, the last message of the same batch. */
    synchronized void progressed(String node, FillProgress before, FillProgress now) {
        already = already.plus(
                now.getAlreadyBlocks() - before.getAlreadyBlocks(), now.getAlreadyBytes() - before.getAlreadyBytes());
        long bytes = now.getFetchedBytes() - before.getFetchedBytes();
        fetched = fetched.plus(now.getFetchedBlocks() - before.getFetchedBlocks(), bytes);
        fetchedByNode.merge(node, bytes, Long::sum);
        failedBlocks += now.getFailedBlocks() - before.getFailedBlocks();
        for (FillFailure failure : now.getFailuresList()) {
            note(node + ": block " + failure.getBlock().getSliceId() + "_"
                    + failure.getBlock().getIndex() + ": "
                    + failure.getReason().name().replace("REASON_", "") + " " + failure.getText());
        }
    }

    synchronized void failed(String node, long blocks, String why) {
        failedBlocks += blocks;
        note(node + ": " + blocks + " blocks: " + why);
    }

    private void note(String failure) {
        if (failures.size() < MAX_FAILURES) {
            failures.add(failure);
        }
    }

    public synchronized State state() {
        return new State(
                listed,
                files,
                total,
                already,
                fetched,
                failedBlocks,
                new TreeMap<>(fetchedByNode),
                List.copyOf(failures));
    }
}
