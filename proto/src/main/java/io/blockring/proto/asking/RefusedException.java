package io.blockring.proto.asking;

import io.blockring.proto.blockprotocol.Greeting;
import java.io.IOException;

/** A node is there and does not want this connection. */
final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;

    private final Greeting.Reason reason;

    RefusedException(Greeting.Refused refused) {
        super("the node refused the connection: " + refused.reason() + ", " + refused.text());
        this.reason = refused.reason();
    }

    Greeting.Reason reason() {
        return reason;
    }
}
