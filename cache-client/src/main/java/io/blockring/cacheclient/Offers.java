package io.blockring.cacheclient;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockKey;
import io.blockring.proto.asking.NodeAnswer;
import io.blockring.proto.asking.NodeConnections;
import io.blockring.proto.blockprotocol.Answer;
import io.blockring.proto.blockprotocol.Ask;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives owners the blocks that were just written and are durable, so that the first reader hits. It is a favour: what
 * does not fit into the queue, or is not taken at once, is dropped.
 */
final class Offers implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Offers.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration IDLE = Duration.ofSeconds(1);

    /** A copy of a block: the writer uses its own memory again. */
    private record Offer(BlockKey.Slice key, Arena arena, MemorySegment bytes) {}

    private final RingWatch ringWatch;
    private final NodePool nodes;
    private final ReadCounters counters;
    private final long limitBytes;
    private final AtomicLong waitingBytes = new AtomicLong();
    private final LinkedBlockingQueue<Offer> queue = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile boolean closed;

    Offers(RingWatch ringWatch, NodePool nodes, ReadCounters counters, long limitBytes) {
        this.ringWatch = ringWatch;
        this.nodes = nodes;
        this.counters = counters;
        this.limitBytes = limitBytes;
        thread = Thread.ofPlatform().daemon().name("block-offers").start(this::run);
    }

    /** Offers a copy of {@code bytes} some time soon, or not at all. */
    void offer(BlockKey.Slice key, MemorySegment bytes) {
        long size = bytes.byteSize();
        if (closed || waitingBytes.addAndGet(size) > limitBytes) {
            waitingBytes.addAndGet(-size);
            counters.offersDropped.increment();
            return;
        }
        Arena arena = Arena.ofShared();
        MemorySegment copy = arena.allocate(size);
        copy.copyFrom(bytes);
        queue.add(new Offer(key, arena, copy));
    }

    private void run() {
        while (!closed || !queue.isEmpty()) {
            try {
                Offer offer = queue.poll(IDLE.toNanos(), TimeUnit.NANOSECONDS);
                if (offer != null) {
                    send(offer);
                }
            } catch (InterruptedException e) {
                log.debug("the offers end", e);
                closed = true;
            }
        }
    }

    private void send(Offer offer) {
        long size = offer.bytes.byteSize();
        try {
            boolean taken = !closed && send(offer.key, offer.bytes);
            (taken ? counters.offersSent : counters.offersDropped).increment();
        } catch (RuntimeException e) {
            log.warn("block {} could not be offered", offer.key, e);
        } finally {
            offer.arena.close();
            waitingBytes.addAndGet(-size);
        }
    }

    private boolean send(BlockKey.Slice key, MemorySegment bytes) {
        RingView view = ringWatch.view();
        if (view.ring().ranks() == 0) {
            return false;
        }
        NodeConnections owner = nodes.to(view.ring().owner(key.hash().high()), view);
        if (owner == null) {
            return false;
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        var request = new Ask.Request(
                Ask.Op.OFFER,
                0,
                view.ring().epoch(),
                GroupReader.millisUntil(deadline),
                key,
                0,
                (int) bytes.byteSize(),
                0,
                "");
        return switch (owner.offer(request, bytes, BlockChecksums.of(bytes), deadline)) {
            case NodeAnswer.Ended ended -> {
                ringWatch.heardOfEpoch(ended.end().epoch());
                yield ended.end().status() == Answer.Status.OK;
            }
            case NodeAnswer.Lost _, NodeAnswer.NotAsked _ -> false;
        };
    }

    /** Whether nothing waits to be offered. */
    boolean isIdle() {
        return waitingBytes.get() == 0;
    }

    /** Drops what waits. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            if (!thread.join(PATIENCE.plus(IDLE))) {
                log.warn("the offers do not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
