package io.blockring.proto.blockprotocol;

import java.util.UUID;

/** How a node answers a {@link Hello}. */
public sealed interface Greeting {
    /**
     * Requests may follow.
     *
     * @param version that both ends speak from now on
     * @param features that both ends understand
     * @param epoch of the ring that the node knows
     */
    record Welcome(int version, Authentication authentication, long features, UUID nodeId, Nonce nonce, long epoch)
            implements Greeting {}

    /**
     * The node closes the connection.
     *
     * @param lowestVersion that the node speaks
     * @param highestVersion that the node speaks
     * @param text for people
     */
    record Refused(Reason reason, int lowestVersion, int highestVersion, String text) implements Greeting {}

    /** Why a node refuses a connection. */
    enum Reason {
        VERSION(1),
        OTHER_GROUP(2),
        AUTHENTICATION(3),
        /** It has as many connections as it may have. */
        BUSY(4),
        /** A reason that this build has no name for. */
        OTHER(255);

        private final int code;

        Reason(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        static Reason ofCode(int code) {
            for (Reason reason : values()) {
                if (reason.code == code) {
                    return reason;
                }
            }
            return OTHER;
        }
    }
}
