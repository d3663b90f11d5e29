package io.blockring.meta;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The name of a directory entry: 1 to 255 bytes that are no {@code /} and no NUL, and neither {@code .} nor
 * {@code ..}. Linux gives them no character set, and neither do we. Names are ordered by their unsigned bytes.
 */
public final class Name implements Comparable<Name> {
    public static final int MAX_BYTES = 255;

    private final byte[] bytes;

    private Name(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The name of these bytes; fails with NAME_TOO_LONG above 255 of them, and INVALID where they are no name. */
    public static Name of(byte[] bytes) throws FileError {
        if (bytes.length > MAX_BYTES) {
            throw new FileError(FileError.Kind.NAME_TOO_LONG, "a name of " + bytes.length + " bytes");
        }
        if (bytes.length == 0 || isDots(bytes)) {
            throw new FileError(FileError.Kind.INVALID, "not a name");
        }
        for (byte b : bytes) {
            if (b == '/' || b == 0) {
                throw new FileError(FileError.Kind.INVALID, "not a name");
            }
        }
        return new Name(bytes.clone());
    }

    /** The name whose UTF-8 encoding is {@code text}; fails as {@link #of(byte[])} does. */
    public static Name of(String text) throws FileError {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A name as an engine holds it, trusted to have been checked when it was written; not for callers. */
    public static Name stored(byte[] bytes) {
        return new Name(bytes);
    }

    private static boolean isDots(byte[] bytes) {
        return bytes[0] == '.' && (bytes.length == 1 || (bytes.length == 2 && bytes[1] == '.'));
    }

    /** A copy of the bytes. */
    public byte[] toBytes() {
        return bytes.clone();
    }

    public int length() {
        return bytes.length;
    }

    @Override
    public int compareTo(Name other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Name name && Arrays.equals(bytes, name.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** For people: UTF-8, with U+FFFD for what is not. */
    @Override
    public String toString() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
