package io.blockring.cacheclient;

import io.blockring.proto.asking.BlockSink;
import io.blockring.proto.blockprotocol.Answer;

/** What a read wants of a block from nodes, and how far it has come. */
sealed interface WantedBytes extends BlockSink permits UnitRange, StoredBytes {
    /** Bytes come from that node next: asked from {@link #missingFrom} on. */
    void askedOf(String node);

    boolean isComplete();

    /** Where the units start that are still missing. */
    int missingFrom();

    /** How many bytes of whole units are missing; 0 when only a node knows. */
    int missingUnitBytes();

    /** The node has said its last word. */
    void ended(Answer.Status status);
}
