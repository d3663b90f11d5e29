package io.blockring.meta.encoding;

import io.blockring.meta.FileError;
import java.nio.BufferUnderflowException;
import java.util.HexFormat;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Turns what an engine holds into records; what is none is an error that names its key. */
public final class Decoding {
    private static final int FIRST_PRINTABLE = 0x20;
    private static final int LAST_PRINTABLE = 0x7E;

    private Decoding() {}

    /** {@code value} as the record {@code what}; fails with IO when it is none. */
    public static <V extends @Nullable Object, T> T decode(String what, byte[] key, V value, Function<V, T> decoder)
            throws FileError {
        try {
            return decoder.apply(value);
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            throw new FileError(FileError.Kind.IO, "key %s holds bytes that are no %s".formatted(text(key), what), e);
        }
    }

    /** A key for people: printable ASCII as it is, any other byte as {@code \x} and two digits. */
    public static String text(byte[] key) {
        var text = new StringBuilder(key.length);
        for (byte b : key) {
            if (b >= FIRST_PRINTABLE && b <= LAST_PRINTABLE && b != '\\') {
                text.append((char) b);
            } else {
                text.append("\\x").append(HexFormat.of().toHexDigits(b));
            }
        }
        return text.toString();
    }
}
