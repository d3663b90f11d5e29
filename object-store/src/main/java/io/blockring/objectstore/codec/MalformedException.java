package io.blockring.objectstore.codec;

/** Bytes are not what they should be; says why, and whoever knows their name says which. */
final class MalformedException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedException(String why) {
        super(why);
    }

    MalformedException(String why, Throwable cause) {
        super(why, cause);
    }

    /** The reason, in words. */
    String why() {
        return String.valueOf(getMessage());
    }
}
