package io.blockring.tikvclient;

import java.io.IOException;

/** The cluster did not answer by the deadline, or answered what makes no sense; nothing is known to have been written. */
public final class TikvException extends IOException {
    private static final long serialVersionUID = 1L;

    TikvException(String message) {
        super(message);
    }

    TikvException(String message, Throwable cause) {
        super(message, cause);
    }
}
