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
 *       its grace is over, an epoch without it, at most one in a minute. Nodes that are missed a moment apart, as a cut
 *       of the network makes them, are put out by one epoch.
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

    /** Nodes that count and are not in the view. */
    private final Map<UUID, Span> unseen = new HashMap<>();

    private final Map<UUID, Span> graces = new HashMap<>();
    private long lastLossAt;
    private long dutySince = NEVER;

    /**
     * How patient a node is.
     *
     * @param unseenMillis how long a node is not seen before it is said to be down, and down before it is said to be
     *     back
     * @param takeOverMillis how much later each further node of the view acts
     */
    record Times(long unseenMillis, long takeOverMillis) {}

    /**
     * How long something has held of a node. It starts anew when the node comes into another state; so two who see
     * different nodes for a while do not turn one up and down as fast as they can write.
     *
     * @param record the one that brought the node into its state
     */
    private record Span(long record, long since) {}

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
        for (GroupNode node : state.nodes().values()) {
            boolean counts = node.state() != NodeState.OUT;
            note(unseen, node, counts && !view.contains(node.id()));
            note(graces, node, node.state() == NodeState.DOWN_GRACE);
        }
    }

    private void note(Map<UUID, Span> spans, GroupNode node, boolean holds) {
        Span span = spans.get(node.id());
        if (!holds) {
            spans.remove(node.id());
        } else if (span == null || span.record() != node.since()) {
            spans.put(node.id(), new Span(node.since(), clock.getAsLong()));
        }
    }

    private boolean lasted(Map<UUID, Span> spans, GroupNode node, long millis) {
        Span span = spans.get(node.id());
        return span != null && clock.getAsLong() - span.since() >= millis;
    }

    /** What to append now; null for nothing. */
    @Nullable
    Change due() {
        Change mine = own.due(state, hasMajority());
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
        long moment = times.unseenMillis();
        List<UUID> back = nodes(node -> view.contains(node.id()) && lasted(graces, node, moment));
        if (!back.isEmpty()) {
            return new NodesTurned(back, NodeState.UP);
        }
        List<UUID> down = nodes(node -> node.state() == NodeState.UP && lasted(unseen, node, moment));
        if (!down.isEmpty()) {
            return new NodesTurned(down, NodeState.DOWN_GRACE);
        }
        long grace = state.settings().downGraceMillis();
        List<UUID> drained = nodes(node -> node.state() == NodeState.DRAINING && lasted(unseen, node, grace));
        if (!drained.isEmpty()) {
            return new NodesTurned(drained, NodeState.OUT);
        }
        List<UUID> lost = nodes(node -> lasted(graces, node, grace));
        boolean soon = clock.getAsLong() - lastLossAt < state.settings().lossIntervalMillis();
        return lost.isEmpty() || soon || mayBeMore(grace, moment)
                ? null
                : NextEpoch.without(lost, state, wallClock.getAsLong());
    }

    /** Whether the grace of another node ends in a moment, and nobody's has ended a moment ago. */
    private boolean mayBeMore(long grace, long moment) {
        boolean others = state.nodes().values().stream()
                .anyMatch(node -> lasted(graces, node, grace - moment) && !lasted(graces, node, grace));
        boolean waited = state.nodes().values().stream().anyMatch(node -> lasted(graces, node, grace + moment));
        return others && !waited;
    }

    private List<UUID> nodes(Predicate<GroupNode> which) {
        List<UUID> ids = new ArrayList<>();
        state.nodes().values().stream().filter(which).forEach(node -> ids.add(node.id()));
        return ids;
    }

    /** Whether this node sees more than half of what is declared, if anything is. */
    boolean hasMajority() {
        long seen = state.nodes().values().stream()
                .filter(node -> node.state() != NodeState.OUT && view.contains(node.id()))
                .mapToLong(node -> node.declared().weight())
                .sum();
        return seen * 2 > state.declaredWeight() || state.declaredWeight() == 0;
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
