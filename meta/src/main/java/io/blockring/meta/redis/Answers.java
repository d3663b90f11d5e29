package io.blockring.meta.redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the server answers: bytes, a number, a list of answers, or null for nothing. */
final class Answers {
    private Answers() {}

    /** A list of bytes; what is no such thing is an IllegalArgumentException. */
    static List<byte[]> list(@Nullable Object answer) {
        var elements = new ArrayList<byte[]>();
        for (Object element : objects(answer)) {
            elements.add(bytes(element));
        }
        return elements;
    }

    static List<@Nullable Object> objects(@Nullable Object answer) {
        if (answer instanceof List<?> list) {
            return new ArrayList<@Nullable Object>(list);
        }
        throw new IllegalArgumentException("no list");
    }

    static byte[] bytes(@Nullable Object answer) {
        if (answer instanceof byte[] bytes) {
            return bytes;
        }
        throw new IllegalArgumentException("no bytes");
    }

    /** A number, also one in decimal. */
    static long number(@Nullable Object answer) {
        return switch (answer) {
            case Long number -> number;
            case byte[] decimal -> Long.parseLong(new String(decimal, StandardCharsets.US_ASCII));
            case null, default -> throw new IllegalArgumentException("no number");
        };
    }
}
