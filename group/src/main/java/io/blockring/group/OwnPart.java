package io.blockring.group;

import io.blockring.group.Change.NodeDeclared;
import io.blockring.group.Change.NodesTurned;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a node wants the group to agree of itself: that it is there as it declared, that it drains, that it has left. Pure.
 *
 * <p>It insists: put out as lost while it was cut off, it comes back once it sees the others again; earlier, those who
 * do not see it would only put it out again. But when an administrator drains or removes it, it gives in.
 */
final class OwnPart {
    private enum Wish {
        NONE,
        STAY,
        DRAIN,
        LEAVE
    }

    private final UUID self;
    private Wish wish = Wish.NONE;
    private @Nullable NodeDeclaration declaration;

    /** Whether the log was seen to have the declaration. */
    private boolean declared;

    OwnPart(UUID self) {
        this.self = self;
    }

    void declare(NodeDeclaration node) {
        if (!node.id().equals(self)) {
            throw new IllegalArgumentException("node " + self + " declares another: " + node);
        }
        wish = Wish.STAY;
        declaration = node;
        declared = false;
    }

    void drain() {
        wish = Wish.DRAIN;
    }

    void leave() {
        wish = Wish.LEAVE;
    }

    /**
     * What to append so that {@code state} comes to the wish; null for nothing.
     *
     * @param amongOthers whether this node sees more than half of the group
     */
    @Nullable
    Change due(GroupState state, boolean amongOthers) {
        Optional<GroupNode> node = state.node(self);
        return switch (wish) {
            case NONE -> null;
            case STAY -> stay(state, node.orElse(null), amongOthers);
            case DRAIN -> node.isPresent() && node.get().state().inRing() ? turn(NodeState.DRAINING) : null;
            case LEAVE -> node.isPresent() && node.get().state() != NodeState.OUT ? turn(NodeState.OUT) : null;
        };
    }

    private @Nullable Change stay(GroupState state, @Nullable GroupNode node, boolean amongOthers) {
        NodeDeclaration mine = declaration;
        if (mine == null || obstacle(state).isPresent()) {
            return null;
        }
        boolean known = node != null && node.declared().equals(mine);
        if (node == null || (!known && !declared)) {
            return new NodeDeclared(mine);
        }
        return switch (node.state()) {
            case UP, JOINING, DOWN_GRACE -> {
                declared = true;
                yield null;
            }
            case DRAINING -> declared ? giveIn(Wish.DRAIN) : new NodeDeclared(mine);
            case OUT -> {
                if (declared && !node.lost()) {
                    yield giveIn(Wish.NONE);
                }
                yield declared && !amongOthers ? null : new NodeDeclared(mine);
            }
        };
    }

    private @Nullable Change giveIn(Wish newWish) {
        wish = newWish;
        return null;
    }

    private Change turn(NodeState state) {
        return new NodesTurned(List.of(self), state);
    }

    /** Why the declaration cannot be made: another node, not seen to be away, has the name. */
    Optional<GroupNode> obstacle(GroupState state) {
        NodeDeclaration mine = declaration;
        return wish != Wish.STAY || mine == null
                ? Optional.empty()
                : state.node(mine.name())
                        .filter(other -> !other.id().equals(self) && other.state() != NodeState.DOWN_GRACE);
    }

    /** Whether the log and the ring have what is wanted. */
    boolean isFulfilled(GroupState state) {
        Optional<GroupNode> node = state.node(self);
        return switch (wish) {
            case NONE -> true;
            case STAY ->
                node.isPresent()
                        && node.get().declared().equals(declaration)
                        && node.get().state() == NodeState.UP
                        && state.epoch().members().contains(declaration);
            case DRAIN, LEAVE ->
                state.epoch().members().stream().noneMatch(member -> member.id().equals(self))
                        && (wish == Wish.DRAIN || node.isEmpty() || node.get().state() == NodeState.OUT);
        };
    }
}
