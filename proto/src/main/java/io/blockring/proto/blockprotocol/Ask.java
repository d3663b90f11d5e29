package io.blockring.proto.blockprotocol;

import io.blockring.block.BlockKey;

/** What the opening side of a connection asks for. */
public sealed interface Ask {
    /** Do not fetch a block that is not here. */
    int NO_FILL = 1;

    /** Another node asks for its own fill: never pass the request on. */
    int PEER = 1 << 1;

    /** The bytes of the last answer were not what their checksums said: read and check the block under a pin. */
    int CHECK = 1 << 2;

    /**
     * One request about one block.
     *
     * @param flags bits of {@link #NO_FILL}, {@link #PEER} and {@link #CHECK}; others mean nothing
     * @param epoch of the ring by which the sender chose this node
     * @param deadlineMillis how long the sender still waits
     * @param offset where the range starts: at a checksum unit
     * @param length of the range, which ends at a unit or at the end of the block; 0 means to the end
     * @param scopeRef names the rights that the sender claims; 0 for none
     * @param token proves them; empty for none
     */
    record Request(
            Op op,
            int flags,
            long epoch,
            int deadlineMillis,
            BlockKey key,
            int offset,
            int length,
            long scopeRef,
            String token)
            implements Ask {
        /** Whether the sender set that flag. */
        public boolean has(int flag) {
            return (flags & flag) != 0;
        }
    }

    /** A kind of request that this build does not know: refuse it and go on. */
    record Unknown(int kind) implements Ask {}

    /** The kinds of requests. */
    enum Op {
        READ(16),
        /** Reserved: where the block lies on a shared mount. */
        LOCATOR(17),
        /** Reserved: a descriptor of the file that holds the block, on the same host. */
        DESCRIPTOR(18),
        /** A block that was just written and is durable in the object store. */
        OFFER(19),
        /** Is the block here? OK or MISS, without bytes. */
        CHECK(20);

        private final int kind;

        Op(int kind) {
            this.kind = kind;
        }

        int kind() {
            return kind;
        }
    }
}
