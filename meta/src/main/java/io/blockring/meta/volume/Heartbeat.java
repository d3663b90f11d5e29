package io.blockring.meta.volume;

import io.blockring.meta.FileError;
import io.blockring.meta.tree.VolumeTree;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that says that a session lives. A beat that fails is the next one's to make good. */
final class Heartbeat implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);
    private static final long END_SECONDS = 30;

    private final VolumeTree tree;
    private final ScheduledExecutorService thread;

    private Heartbeat(VolumeTree tree) {
        this.tree = tree;
        this.thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("meta-heartbeat").factory());
    }

    static Heartbeat start(VolumeTree tree) {
        var heartbeat = new Heartbeat(tree);
        long millis = VolumeTree.HEARTBEAT.toMillis();
        var _ = heartbeat.thread.scheduleWithFixedDelay(heartbeat::beat, millis, millis, TimeUnit.MILLISECONDS);
        long flushMillis = VolumeTree.SUMS_FLUSH.toMillis();
        var _ = heartbeat.thread.scheduleWithFixedDelay(
                heartbeat::flush, flushMillis, flushMillis, TimeUnit.MILLISECONDS);
        return heartbeat;
    }

    private void flush() {
        try {
            tree.flushSums();
        } catch (FileError | RuntimeException e) {
            LOG.warn("the sums of the volume were not written, and will be with the next", e);
        }
    }

    private void beat() {
        try {
            tree.heartbeat();
        } catch (FileError | RuntimeException e) {
            LOG.warn("a heartbeat of the session failed", e);
        }
    }

    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a heartbeat did not end within {} s", END_SECONDS);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
