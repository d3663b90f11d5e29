package io.blockring.cachectl.warmup;

import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.ExitCode;
import io.blockring.cachectl.cluster.GroupRing;
import io.blockring.cachectl.cluster.NodeConnections;
import io.blockring.cachectl.files.MountedPath;
import io.blockring.proto.control.FillProgress;
import io.blockring.proto.control.FillRequest;
import io.blockring.proto.control.SliceBlock;
import io.blockring.proto.mount.BlockPlace;
import io.blockring.proto.mount.ManifestFile;
import io.blockring.proto.mount.MountDescription;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Brings all blocks of a path into the cache: asks the mount which they are, and each owner to pull its own.
 *
 * <p>The listing goes on while the nodes fill; it waits when a node has {@link #QUEUED_BATCHES} batches before it.
 */
public final class Warmup {
    private static final int BATCH_BLOCKS = 2_000;
    private static final int QUEUED_BATCHES = 4;

    private final MountDescription mount;
    private final WarmupTally tally = new WarmupTally();
    private final Map<String, NodeQueue> queues = new HashMap<>();

    private Warmup(MountDescription mount) {
        this.mount = mount;
    }

    /** A node's batches, and the thread that has it fill them. */
    private static final class NodeQueue {
        final BlockingQueue<List<SliceBlock>> batches = new ArrayBlockingQueue<>(QUEUED_BATCHES);
        List<SliceBlock> open = new ArrayList<>();

        @Nullable
        Thread filler;
    }

    /** Receives the state of a warm-up now and then, from a thread of its own. */
    @FunctionalInterface
    public interface Watcher extends AutoCloseable {
        void watch(WarmupTally tally);

        @Override
        default void close() {}
    }

    /** Warms what is at and below {@code path}, and returns once every block is counted. */
    public static WarmupTally.State run(MountedPath path, Watcher watcher) throws InterruptedException {
        try (var connection = path.connect();
                watcher) {
            MountDescription description = connection.describe();
            if (description.getGroup().isEmpty()) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "NO_GROUP",
                        path.mount().mountPoint() + " is mounted without a cache group",
                        "a warm-up fills the nodes of a group, and there is none",
                        "cachectl umount " + path.mount().mountPoint()
                                + " && cachectl mount META_URL DIRECTORY --group NAME --seeds HOST:PORT");
            }
            var warmup = new Warmup(description);
            watcher.watch(warmup.tally);
            warmup.fill(connection.manifest(path.pathBytes()));
            return warmup.tally.state();
        }
    }

    private void fill(Iterator<ManifestFile> files) throws InterruptedException {
        try (var nodes = NodeConnections.of(mount.getSeedsList())) {
            var ring = new GroupRing(
                    nodes.firstAnswer(node -> node.ring(mount.getGroup())),
                    mount.getVolumeId(),
                    mount.getIncarnation());
            if (ring.isEmpty()) {
                throw new CommandFailure(
                        ExitCode.UNREACHABLE,
                        "NO_RING",
                        "group " + mount.getGroup() + " has no node that owns blocks",
                        "no epoch was published yet, or all nodes are out",
                        "cachectl group status --seeds " + String.join(",", mount.getSeedsList()));
            }
            try {
                plan(files, ring, nodes);
                finish();
            } finally {
                queues.values().stream().map(queue -> queue.filler).forEach(filler -> {
                    if (filler != null) {
                        filler.interrupt();
                    }
                });
            }
        }
    }

    private void plan(Iterator<ManifestFile> files, GroupRing ring, NodeConnections nodes) throws InterruptedException {
        while (files.hasNext()) {
            ManifestFile file = files.next();
            long bytes = file.getBlocksList().stream()
                    .mapToLong(BlockPlace::getPlainBytes)
                    .sum();
            tally.planned(file.getBlocksCount(), bytes);
            for (BlockPlace place : file.getBlocksList()) {
                SliceBlock block = SliceBlock.newBuilder()
                        .setSliceId(place.getSliceId())
                        .setIndex(place.getIndex())
                        .setPlainBytes(place.getPlainBytes())
                        .build();
                GroupRing.Member owner = ring.candidates(block).getFirst();
                NodeQueue queue = queues.computeIfAbsent(owner.name(), name -> new NodeQueue());
                if (queue.filler == null) {
                    queue.filler = Thread.ofVirtual()
                            .name("fill " + owner.name())
                            .start(() -> fillAll(owner.name(), nodes.node(owner.controlAddress()), queue));
                }
                queue.open.add(block);
                if (queue.open.size() == BATCH_BLOCKS) {
                    queue.batches.put(queue.open);
                    queue.open = new ArrayList<>();
                }
            }
        }
        tally.listedAll();
    }

    private void finish() throws InterruptedException {
        for (NodeQueue queue : queues.values()) {
            if (!queue.open.isEmpty()) {
                queue.batches.put(queue.open);
            }
            queue.batches.put(List.of());
        }
        for (NodeQueue queue : queues.values()) {
            if (queue.filler != null) {
                queue.filler.join();
            }
        }
    }

    private void fillAll(String name, NodeConnections.Node node, NodeQueue queue) {
        try {
            // A batch without blocks ends the queue.
            for (List<SliceBlock> batch = queue.batches.take(); !batch.isEmpty(); batch = queue.batches.take()) {
                fillBatch(name, node, batch);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the warm-up was given up
        }
    }

    private void fillBatch(String name, NodeConnections.Node node, List<SliceBlock> batch) {
        var last = FillProgress.getDefaultInstance();
        try {
            Iterator<FillProgress> progress = node.fill(FillRequest.newBuilder()
                    .setVolumeId(mount.getVolumeId())
                    .setIncarnation(mount.getIncarnation())
                    .addAllBlocks(batch)
                    .build());
            while (progress.hasNext()) {
                FillProgress now = progress.next();
                tally.progressed(name, last, now);
                last = now;
            }
            failRest(name, batch, last, "the node ended before it was done");
        } catch (StatusRuntimeException e) {
            failRest(
                    name,
                    batch,
                    last,
                    e.getStatus().getCode() + " " + e.getStatus().getDescription());
        }
    }

    private void failRest(String name, List<SliceBlock> batch, FillProgress last, String why) {
        long left = batch.size() - last.getAlreadyBlocks() - last.getFetchedBlocks() - last.getFailedBlocks();
        if (left > 0) {
            tally.failed(name, left, why);
        }
    }
}
