package io.blockring.group;

/** What a group has agreed of one of its nodes. */
public enum NodeState {
    /** It is declared and comes into the ring with the next epoch. */
    JOINING,
    /** It is in the ring. */
    UP,
    /** It is leaving the ring with the next epoch, serves what it has and hands it on. */
    DRAINING,
    /** It is in the ring and was not seen for a while; readers go round it. It gets its blocks back when it returns. */
    DOWN_GRACE,
    /** It is not in the ring and does not count. */
    OUT;

    /** Whether a node in this state belongs into the ring. */
    boolean inRing() {
        return this == JOINING || this == UP || this == DOWN_GRACE;
    }

    /** Whether an agreed change from this state to {@code next} makes sense; others change nothing. */
    boolean mayBecome(NodeState next) {
        return switch (next) {
            case JOINING -> false; // that is what a declaration is for
            case UP -> this == DOWN_GRACE;
            case DOWN_GRACE -> this == UP;
            case DRAINING -> inRing();
            case OUT -> this != OUT;
        };
    }
}
