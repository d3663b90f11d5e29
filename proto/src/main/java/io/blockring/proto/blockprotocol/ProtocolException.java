package io.blockring.proto.blockprotocol;

import java.io.IOException;

/** What arrived is no frame of the block protocol: close the connection. */
public final class ProtocolException extends IOException {
    private static final long serialVersionUID = 1;

    public ProtocolException(String message) {
        super(message);
    }

    public ProtocolException(String message, Throwable cause) {
        super(message, cause);
    }
}
