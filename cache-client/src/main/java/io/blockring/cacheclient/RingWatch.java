package io.blockring.cacheclient;

import io.blockring.proto.control.Ring;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the newest ring. It looks when an answer names a higher epoch, soon but not at once, so that a thousand mounts
 * do not ask together; and now and then all the same. A ring is good until there is a newer one, however old it is.
 */
final class RingWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(RingWatch.class);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration HINT_SPREAD = Duration.ofMillis(200);
    private static final Duration END_PATIENCE = Duration.ofSeconds(3);
    private static final double JITTER = 0.5;

    private final ControlSeeds seeds;
    private final Duration poll;
    private final Consumer<RingView> onChange;
    private final Semaphore hints = new Semaphore(0);
    private final AtomicLong highestHeard = new AtomicLong();
    private final CountDownLatch firstLook = new CountDownLatch(1);
    private final Thread thread;
    private volatile RingView view = RingView.NONE;
    private volatile String failure = "the group was not asked yet";
    private volatile boolean closed;

    RingWatch(GroupAddress group, Duration poll, Consumer<RingView> onChange) {
        this.seeds = new ControlSeeds(group.group(), group.seeds());
        this.poll = poll;
        this.onChange = onChange;
        thread = Thread.ofVirtual().name("ring-watch").start(this::run);
    }

    /** Waits until the group answered or could not be reached, but not longer. */
    void awaitFirstLook(Duration atMost) {
        try {
            if (!firstLook.await(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
                log.info("no ring yet: {}", failure);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    RingView view() {
        return view;
    }

    /** Why the group could not be asked the last time; empty when it could. */
    String failure() {
        return failure;
    }

    /** An answer named that epoch. */
    void heardOfEpoch(long epoch) {
        if (epoch > view.ring().epoch()) {
            highestHeard.accumulateAndGet(epoch, Math::max);
            lookSoon();
        }
    }

    /** Something is odd: look soon, whatever the epoch. */
    void lookSoon() {
        if (hints.availablePermits() == 0) {
            hints.release();
        }
    }

    private void run() {
        try {
            while (!closed) {
                boolean reached = look();
                firstLook.countDown();
                if (highestHeard.get() <= view.ring().epoch()) {
                    hints.drainPermits(); // those that came while we looked
                }
                Duration pause = reached ? poll : poll.compareTo(RETRY) < 0 ? poll : RETRY;
                if (hints.tryAcquire(jittered(pause), TimeUnit.NANOSECONDS)) {
                    Thread.sleep(Duration.ofNanos(ThreadLocalRandom.current().nextLong(HINT_SPREAD.toNanos())));
                    hints.drainPermits();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            seeds.close();
        }
    }

    private static long jittered(Duration pause) {
        return (long)
                (pause.toNanos() * (1 - JITTER * ThreadLocalRandom.current().nextDouble()));
    }

    private boolean look() {
        RingView known = view;
        List<String> others =
                known.members().values().stream().map(RingView.Member::control).toList();
        Ring message = seeds.fetch(known.ring().epoch(), known.revision(), others);
        if (message == null) {
            failure = seeds.lastFailure();
            return false;
        }
        failure = "";
        boolean older = message.getEpoch() < known.ring().epoch();
        if (message.getUnchanged() || older) {
            return true;
        }
        try {
            RingView fresh = RingView.of(message, known);
            view = fresh;
            onChange.accept(fresh);
            log.info("the ring is now of epoch {}, with {} nodes", message.getEpoch(), message.getNodesCount());
        } catch (IllegalArgumentException e) {
            failure = "a node sent no ring: " + e.getMessage();
            log.warn("a node sent no ring", e);
        }
        return true;
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            if (!thread.join(END_PATIENCE)) {
                log.warn("the watch of the ring does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
