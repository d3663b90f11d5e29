package io.blockring.proto.asking;

import io.blockring.proto.blockprotocol.Answer;
import java.io.IOException;

/** What came of asking a node. Whatever it is, bytes that a sink was told of are right. */
public sealed interface NodeAnswer {
    /** The answer came to its end; every byte of it that was not right is named. */
    record Ended(Answer.End end, int firstBadOffset) implements NodeAnswer {
        /** Stands for: every unit was what its checksum said. */
        public static final int NONE_BAD = -1;

        /** Whether a unit was not what its checksum said; nothing from there on reached the sink. */
        public boolean isBad() {
            return firstBadOffset != NONE_BAD;
        }
    }

    /** The node was not asked: its breaker is open, or all connections to it stayed in use. */
    record NotAsked(String why) implements NodeAnswer {}

    /** The connection was lost, or the node fell silent, before the end of the answer. */
    record Lost(IOException cause) implements NodeAnswer {}
}
