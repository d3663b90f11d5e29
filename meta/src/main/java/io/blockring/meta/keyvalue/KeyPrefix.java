package io.blockring.meta.keyvalue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What all keys of a volume begin with in a store that others use too: a name and a byte that is in no text.
 *
 * <pre>
 * {name}FD
 * </pre>
 */
final class KeyPrefix {
    private static final byte END = (byte) 0xFD;

    private final byte[] bytes;

    KeyPrefix(String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        bytes = Arrays.copyOf(text, text.length + 1);
        bytes[text.length] = END;
    }

    /** A key of the volume as the store knows it. */
    byte[] before(byte[] key) {
        byte[] whole = Arrays.copyOf(bytes, bytes.length + key.length);
        System.arraycopy(key, 0, whole, bytes.length, key.length);
        return whole;
    }

    /** A key of the store as the volume knows it. */
    byte[] without(byte[] whole) {
        return Arrays.copyOfRange(whole, bytes.length, whole.length);
    }
}
