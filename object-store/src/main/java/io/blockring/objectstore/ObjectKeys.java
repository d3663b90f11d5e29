package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.INVALID;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** What the arguments of an {@link ObjectStore} may be, the same for all stores. */
final class ObjectKeys {
    static final int MAX_KEY_BYTES = 1024;

    /**
     * The order of the keys' UTF-8 bytes, which is that of their code points. Strings compare by their UTF-16 units
     * instead, which puts the surrogates of what is beyond U+FFFF before U+E000.
     */
    static final Comparator<String> BY_BYTES = ObjectKeys::compare;

    private ObjectKeys() {}

    static void check(String key) throws ObjectStoreException {
        checkText(key);
        if (key.isEmpty() || key.getBytes(StandardCharsets.UTF_8).length > MAX_KEY_BYTES) {
            throw new ObjectStoreException(INVALID, "a key has 1 to " + MAX_KEY_BYTES + " bytes: '" + key + "'");
        }
        for (String part : key.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw new ObjectStoreException(INVALID, "a part of a key is not '" + part + "': '" + key + "'");
            }
        }
    }

    static void checkRange(String key, long offset, long length) throws ObjectStoreException {
        check(key);
        if (offset < 0 || length < 1) {
            throw new ObjectStoreException(INVALID, "no such range: " + length + " bytes at " + offset);
        }
    }

    static void checkPage(String prefix, @Nullable String after, int limit) throws ObjectStoreException {
        checkText(prefix);
        if (after != null) {
            checkText(after);
        }
        if (limit < 1 || limit > ObjectStore.MAX_PAGE) {
            throw new ObjectStoreException(INVALID, "a page has 1 to " + ObjectStore.MAX_PAGE + " keys: " + limit);
        }
    }

    /** How many of {@code length} bytes at {@code offset} exist in an object of {@code objectBytes}. */
    static long existing(String key, long offset, long length, long objectBytes) throws ObjectStoreException {
        if (offset >= objectBytes) {
            throw new ObjectStoreException(
                    INVALID, "no byte at " + offset + ": '" + key + "' has " + objectBytes + " bytes");
        }
        return Math.min(length, objectBytes - offset);
    }

    /** Neither what UTF-8 cannot say nor what the XML of a listing cannot. */
    private static void checkText(String text) throws ObjectStoreException {
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            int c = text.codePointAt(i);
            boolean loneSurrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
            if (Character.isISOControl(c) || loneSurrogate || c == 0xFFFE || c == 0xFFFF) {
                throw new ObjectStoreException(INVALID, "a key has no character U+%04X".formatted(c));
            }
        }
    }

    private static int compare(String one, String other) {
        int common = Math.min(one.length(), other.length());
        for (int i = 0; i < common; i++) {
            char a = one.charAt(i);
            char b = other.charAt(i);
            if (a != b) {
                return Integer.compare(rank(a), rank(b));
            }
        }
        return Integer.compare(one.length(), other.length());
    }

    /** Moves the surrogates behind all other units. */
    private static int rank(char unit) {
        return Character.isSurrogate(unit) ? unit + 0x10000 : unit;
    }
}
