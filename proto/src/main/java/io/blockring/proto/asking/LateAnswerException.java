package io.blockring.proto.asking;

import java.io.IOException;

/** A deadline came before the end of an answer, which is not the node's fault: it was at work. */
public final class LateAnswerException extends IOException {
    private static final long serialVersionUID = 1;

    LateAnswerException(String message, Throwable cause) {
        super(message, cause);
    }
}
