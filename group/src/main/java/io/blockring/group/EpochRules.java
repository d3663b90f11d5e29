package io.blockring.group;

import io.blockring.group.Change.NodesTurned;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a node has to append to the log, given what is agreed and whom it sees alive. Pure, but for its clocks.
 *
 * <ul>
 *   <li>A join, a drain, another weight or address: an epoch at once, whoever sees it first.
 *   <li>A node nobody sees: nothing for a moment, then down-grace; it stays in the ring, and readers go round it. When
 *       its grace is over, an epoch without it, at most one in a minute.
 *   <li>What follows from not seeing a node is only done in a view with more than half of the declared weight. So two
 *       halves never both put out the other. In a smaller part the last epoch stays, and an administrator may act.
 * </ul>
 *
 * <p>All who are entitled do the same, in the order in which the view names them: the first at once, each further one a
 * little later, in case those before cannot reach the store. That only spares work; the log lets one win.
 *
 * <p>The grace of a node is counted from when its down-grace was read in the log, by this node's own clock. So a node that
 * was paused for long and wakes up with an old view first reads that the others were back.
 */
final class EpochRules {
    private static final long NEVER = Long.MAX_VALUE;

    private final UUID self;
    private final OwnPart own;
    private final Times times;
    private final LongSupplier clock;
    private final LongSupplier wallClock;

    private GroupState state = GroupState.NONE;
    private List<UUID> view = List.of();

    /** Nodes of the ring, and draining ones, that are not in the view: since when. */
    private final Map<UUID, Long> unseenSince = new HashMap<>();

    private final Map<UUID, Grace> graces = new HashMap<>();
    private long lastLossAt;
    private long dutySince = NEVER;

    /**
     * How patient a node is.
     *
     * @param unseenMillis how long a node is not seen before it is said to be down
     * @param takeOverMillis how much later each further node of the view acts
     */
    record Times(long unseenMillis, long takeOverMillis) {}

    /** @param record the one that turned the node down */
    private record Grace(long record, long since) {}

    /**
     * @param clock milliseconds that never go back
     * @param wallClock milliseconds of the day, for people
     */
    EpochRules(UUID self, OwnPart own, Times times, LongSupplier clock, LongSupplier wallClock) {
        this.self = self;
        this.own = own;
        this.times = times;
        this.clock = clock;
        this.wallClock = wallClock;
        this.lastLossAt = clock.getAsLong();
    }

    void saw(GroupState newState) {
        if (newState.lossEpoch() > state.lossEpoch()) {
            lastLossAt = clock.getAsLong();
        }
        state = newState;
        noteTimes();
    }

    /** @param alive the nodes of the view, in its order */
    void saw(List<UUID> alive) {
        view = List.copyOf(alive);
        noteTimes();
    }

    private void noteTimes() {
        long now = clock.getAsLong();
        for (GroupNode node : state.nodes().values()) {
            boolean missed = node.state() != NodeState.OUT && !view.contains(node.id());
            note(unseenSince, node.id(), missed, now);
            Grace grace = graces.get(node.id());
            if (node.state() != NodeState.DOWN_GRACE) {
                graces.remove(node.id());
            } else if (grace == null || grace.record() != node.since()) {
                graces.put(node.id(), new Grace(node.since(), now));
            }
        }
    }

    private static void note(Map<UUID, Long> times, UUID id, boolean holds, long now) {
        if (holds) {
            times.putIfAbsent(id, now);
        } else {
            times.remove(id);
        }
    }

    /** What to append now; null for nothing. */
    @Nullable
    Change due() {
        Change mine = own.due(state);
        if (mine != null) {
            return mine;
        }
        Change duty = duty();
        if (duty == null) {
            dutySince = NEVER;
            return null;
        }
        long now = clock.getAsLong();
        dutySince = Math.min(dutySince, now);
        return isOwnDoing() || now - dutySince >= rank() * times.takeOverMillis() ? duty : null;
    }

    private @Nullable Change duty() {
        Change epoch = NextEpoch.wanted(state, wallClock.getAsLong());
        if (epoch != null) {
            return epoch;
        }
        return hasMajority() ? dutyOfMajority() : null;
    }

    private @Nullable Change dutyOfMajority() {
        List<UUID> back = nodes(node -> node.state() == NodeState.DOWN_GRACE && view.contains(node.id()));
        if (!back.isEmpty()) {
            return new NodesTurned(back, NodeState.UP);
        }
        List<UUID> down = nodes(node -> node.state() == NodeState.UP && isUnseenFor(node, times.unseenMillis()));
        if (!down.isEmpty()) {
            return new NodesTurned(down, NodeState.DOWN_GRACE);
        }
        long grace = state.settings().downGraceMillis();
        List<UUID> drained = nodes(node -> node.state() == NodeState.DRAINING && isUnseenFor(node, grace));
        if (!drained.isEmpty()) {
            return new NodesTurned(drained, NodeState.OUT);
        }
        List<UUID> lost = nodes(this::isGraceOver);
        boolean soon = clock.getAsLong() - lastLossAt < state.settings().lossIntervalMillis();
        return lost.isEmpty() || soon ? null : NextEpoch.without(lost, state, wallClock.getAsLong());
    }

    private List<UUID> nodes(Predicate<GroupNode> which) {
        List<UUID> ids = new ArrayList<>();
        state.nodes().values().stream().filter(which).forEach(node -> ids.add(node.id()));
        return ids;
    }

    private boolean isUnseenFor(GroupNode node, long millis) {
        Long since = unseenSince.get(node.id());
        return since != null && clock.getAsLong() - since >= millis;
    }

    private boolean isGraceOver(GroupNode node) {
        Grace grace = graces.get(node.id());
        return node.state() == NodeState.DOWN_GRACE
                && grace != null
                && clock.getAsLong() - grace.since() >= state.settings().downGraceMillis();
    }

    boolean hasMajority() {
        long seen = state.nodes().values().stream()
                .filter(node -> node.state() != NodeState.OUT && view.contains(node.id()))
                .mapToLong(node -> node.declared().weight())
                .sum();
        return seen * 2 > state.declaredWeight();
    }

    /** Whether the epoch that is due has to do with this node itself, which then waits for nobody. */
    private boolean isOwnDoing() {
        return state.node(self)
                .map(node -> node.state().inRing() != state.epoch().members().contains(node.declared()))
                .orElse(false);
    }

    private long rank() {
        int place = view.indexOf(self);
        return place < 0 ? view.size() : place;
    }
}
