package io.blockring.proto.asking;

import java.io.IOException;

/** A node that owes an answer said nothing for longer than it may. */
public final class NodeSilentException extends IOException {
    private static final long serialVersionUID = 1;

    NodeSilentException(String message, Throwable cause) {
        super(message, cause);
    }
}
