package io.blockring.proto.blockprotocol;

/** What a node says to a request: extents, each with its body behind it, then one {@link End}. */
public sealed interface Answer permits Extent, Answer.End {
    /**
     * The last frame of an answer.
     *
     * @param source where the bytes came from, NONE when there are none
     * @param epoch of the ring that the node knows
     * @param replicas over how many nodes of the ring readers of this block may spread
     * @param retryAfterMillis when BUSY may be over; 0 for no idea
     * @param text for people, or empty
     */
    record End(Status status, Source source, long epoch, int replicas, int retryAfterMillis, String text)
            implements Answer {}

    /** How a request ended. */
    enum Status {
        /** All that was asked for has been sent, or the block is here. */
        OK(0),
        /** The block is not here, and was not to be fetched. To an OFFER: send it. */
        MISS(1),
        /** The node is over a limit; said before the first byte only. */
        BUSY(2),
        /** The block is not here and has another place in the ring of that epoch. */
        NOT_OWNER(3),
        /** The object store did not give the block, or not within the deadline. */
        STORE_ERROR(4),
        /** The node has no credentials for the object store of this volume. */
        NO_KEYS(5),
        BAD_REQUEST(6),
        /** The group has no such volume, or not in this incarnation. */
        UNKNOWN_VOLUME(7),
        /** A status that this build has no name for: ask elsewhere. */
        OTHER(255);

        private final int code;

        Status(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        static Status ofCode(int code) {
            for (Status status : values()) {
                if (status.code == code) {
                    return status;
                }
            }
            return OTHER;
        }
    }

    /** Where a node had the bytes from. */
    enum Source {
        NONE(0),
        MEMORY(1),
        DISK(2),
        /** From the block's owner in an earlier epoch, just now. */
        PEER(3),
        /** From the object store, just now. */
        STORE(4),
        /** A source that this build has no name for. */
        OTHER(255);

        private final int code;

        Source(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        static Source ofCode(int code) {
            for (Source source : values()) {
                if (source.code == code) {
                    return source;
                }
            }
            return OTHER;
        }
    }
}
