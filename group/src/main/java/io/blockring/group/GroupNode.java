package io.blockring.group;

import java.util.Objects;
import java.util.UUID;

/**
 * A declared node.
 *
 * @param since the number of the record that brought it into this state
 * @param lost whether an epoch put it out because nobody saw it; such a node may come back by itself
 */
public record GroupNode(NodeDeclaration declared, NodeState state, long since, boolean lost) {
    public GroupNode {
        Objects.requireNonNull(declared, "declared");
        Objects.requireNonNull(state, "state");
    }

    public UUID id() {
        return declared.id();
    }

    public String name() {
        return declared.name();
    }

    GroupNode turned(NodeState newState, long number) {
        return new GroupNode(declared, newState, number, false);
    }
}
