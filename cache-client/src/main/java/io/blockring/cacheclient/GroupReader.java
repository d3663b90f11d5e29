package io.blockring.cacheclient;

import io.blockring.block.BlockKey;
import io.blockring.hashring.HashRing;
import io.blockring.proto.asking.NodeAnswer;
import io.blockring.proto.asking.NodeConnections;
import io.blockring.proto.blockprotocol.Answer;
import io.blockring.proto.blockprotocol.Ask;
import java.time.Duration;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks nodes for a block: its owner, then its replicas. Each is asked for what is still missing, so a node that dies in
 * the middle costs only the rest.
 */
final class GroupReader {
    /** How a round over the nodes went. */
    enum Round {
        /** All bytes are there. */
        COMPLETE,
        /** The nodes do not have the block and will not fetch it: ask the object store. */
        NOT_FROM_THE_GROUP,
        /** A node that may have the block was busy: another round may get it. */
        BUSY
    }

    private static final Logger log = LoggerFactory.getLogger(GroupReader.class);

    private final RingWatch ringWatch;
    private final NodePool nodes;
    private final ReadCounters counters;

    GroupReader(RingWatch ringWatch, NodePool nodes, ReadCounters counters) {
        this.ringWatch = ringWatch;
        this.nodes = nodes;
        this.counters = counters;
    }

    /** Asks one node after the other until the range is complete. */
    Round read(BlockKey.Slice key, WantedBytes range, long deadlineNanos) {
        RingView view = ringWatch.view();
        HashRing ring = view.ring();
        long hash = key.hash().high();
        boolean busy = false;
        for (int rank = 0; rank < ring.ranks(); rank++) {
            UUID id = ring.candidate(hash, rank);
            RingView.Member member = view.members().get(id);
            NodeConnections node = nodes.to(id, view);
            if (node == null || member == null) {
                continue;
            }
            range.askedOf(member.name());
            Answer.Status status = read(node, key, range, ring.epoch(), deadlineNanos);
            if (range.isComplete()) {
                return Round.COMPLETE;
            }
            switch (status) {
                case STORE_ERROR, NO_KEYS, UNKNOWN_VOLUME -> {
                    // The next node would ask the same store, or knows as little.
                    return busy ? Round.BUSY : Round.NOT_FROM_THE_GROUP;
                }
                case BUSY -> busy = true;
                case OK, MISS, NOT_OWNER, BAD_REQUEST, OTHER -> {}
            }
        }
        return busy ? Round.BUSY : Round.NOT_FROM_THE_GROUP;
    }

    /** Asks one node, and once more with a check when its bytes were not right. */
    private Answer.Status read(
            NodeConnections node, BlockKey.Slice key, WantedBytes range, long epoch, long deadlineNanos) {
        Answer.Status status = Answer.Status.OTHER;
        for (int flags : new int[] {0, Ask.CHECK}) {
            var request = new Ask.Request(
                    Ask.Op.READ,
                    flags,
                    epoch,
                    millisUntil(deadlineNanos),
                    key,
                    range.missingFrom(),
                    range.missingUnitBytes(),
                    0,
                    "");
            switch (node.ask(request, range, deadlineNanos)) {
                case NodeAnswer.Ended ended -> {
                    status = ended.end().status();
                    ringWatch.heardOfEpoch(ended.end().epoch());
                    countStatus(status, node, ended);
                    if (!ended.isBad()) {
                        range.ended(status);
                        return status;
                    }
                    counters.badUnits.increment();
                    log.warn("bytes of {} from {} are not what their checksums say", key, node.endpoint());
                    status = Answer.Status.OTHER;
                }
                case NodeAnswer.Lost(var cause) -> {
                    counters.lostAnswers.increment();
                    log.debug("lost {} while reading {}", node.endpoint(), key, cause);
                    return Answer.Status.OTHER;
                }
                case NodeAnswer.NotAsked(String why) -> {
                    log.debug("{} was not asked for {}: {}", node.endpoint(), key, why);
                    return Answer.Status.OTHER;
                }
            }
        }
        return status;
    }

    private void countStatus(Answer.Status status, NodeConnections node, NodeAnswer.Ended ended) {
        switch (status) {
            case BUSY -> counters.busyAnswers.increment();
            case UNKNOWN_VOLUME -> ringWatch.lookSoon();
            case STORE_ERROR, NO_KEYS, BAD_REQUEST, OTHER -> log.debug("{} answered {}", node.endpoint(), ended.end());
            case OK, MISS, NOT_OWNER -> {}
        }
    }

    static int millisUntil(long deadlineNanos) {
        long left = Duration.ofNanos(deadlineNanos - System.nanoTime()).toMillis();
        return Math.clamp(left, 1, Integer.MAX_VALUE);
    }
}
