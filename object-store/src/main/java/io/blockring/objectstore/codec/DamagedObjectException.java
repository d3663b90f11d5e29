package io.blockring.objectstore.codec;

import java.io.IOException;

/** The bytes of an object are not those of the block that it is named after: its data have to be repaired. */
public final class DamagedObjectException extends IOException {
    private static final long serialVersionUID = 1;

    DamagedObjectException(String key, String why) {
        super("object " + key + " is damaged: " + why);
    }

    DamagedObjectException(String key, String why, Throwable cause) {
        super("object " + key + " is damaged: " + why, cause);
    }
}
