package io.blockring.blockstore;

import io.blockring.blockstore.DatasetPolicy.Keep;
import io.blockring.blockstore.FileSystemSpace.Probe;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evicts ahead of the fills, so that they need not: as soon as less than half of a batch is free, a whole one is made
 * so. And it keeps a part of the file system free for whoever else writes there.
 *
 * <p>It alone asks the file system, which may hang; fills go by its last answer.
 */
final class SpaceKeeper implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SpaceKeeper.class);
    private static final long LOOK_SECONDS = 1;
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

    private final Path directory;
    private final Probe probe;
    private final double leastFree;
    private final boolean evictsAhead;
    private final Reclaimer reclaimer;
    private final Semaphore wishes = new Semaphore(0);
    private final Thread thread =
            Thread.ofPlatform().name("block-space").daemon().unstarted(this::run);
    private volatile long missingBytes;
    private volatile boolean isShortOfInodes;
    private volatile boolean closed;

    /**
     * One that does nothing before it is {@linkplain #start started}.
     *
     * @param leastFree the part of the file system's bytes and inodes that stays free, from 0 to below 1
     * @param evictsAhead false to leave all to the fills
     */
    SpaceKeeper(Path directory, Probe probe, double leastFree, boolean evictsAhead, Reclaimer reclaimer) {
        this.directory = directory;
        this.probe = probe;
        this.leastFree = leastFree;
        this.evictsAhead = evictsAhead;
        this.reclaimer = reclaimer;
    }

    void start() {
        if (evictsAhead) {
            thread.start();
        }
    }

    /** Room was taken: there may be too little left for the next. */
    void roomTaken() {
        if (evictsAhead && reclaimer.wantsBatch() && wishes.availablePermits() == 0) {
            wishes.release();
        }
    }

    /** How many bytes have to be evicted until enough of the file system is free. */
    long missingBytes() {
        return missingBytes;
    }

    /** Whether the file system has too few inodes left for files of slots. */
    boolean isShortOfInodes() {
        return isShortOfInodes;
    }

    /** Does something while nothing is evicted by this. */
    synchronized void pauseFor(Runnable action) {
        action.run();
    }

    /** Looks once, and evicts what has expired and what there is too much. */
    private synchronized void look() {
        reclaimer.evictExpired();
        if (leastFree > 0) {
            askFileSystem();
        }
        if (missingBytes > 0) {
            long _ = reclaimer.evictExactlyFor(Keep.AUTO, missingBytes);
        }
        if (reclaimer.wantsBatch()) {
            reclaimer.evictBatch();
        }
    }

    @Override
    public void close() {
        closed = true;
        wishes.release();
        try {
            if (thread.isAlive() && !thread.join(CLOSE_PATIENCE)) {
                log.warn("{}: the file system does not say how much is free", directory);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void askFileSystem() {
        try {
            FileSystemSpace space = probe.of(directory);
            boolean wasShort = missingBytes > 0 || isShortOfInodes;
            missingBytes = space.missingBytes(leastFree);
            isShortOfInodes = space.isShortOfInodes(leastFree);
            boolean isShort = missingBytes > 0 || isShortOfInodes;
            if (isShort && !wasShort) {
                log.warn("{}: the file system is too full for new blocks, {}", directory, space);
            } else if (wasShort && !isShort) {
                log.info("{}: the file system has room again, {}", directory, space);
            }
        } catch (IOException e) {
            log.warn("{}: how much is free is not known", directory, e);
        }
    }

    private void run() {
        while (!closed) {
            try {
                look();
                boolean _ = wishes.tryAcquire(LOOK_SECONDS, TimeUnit.SECONDS);
                wishes.drainPermits();
            } catch (InterruptedException _) {
                return;
            } catch (RuntimeException e) {
                log.error("{}: eviction ahead of the fills failed; they evict themselves", directory, e);
            }
        }
    }
}
