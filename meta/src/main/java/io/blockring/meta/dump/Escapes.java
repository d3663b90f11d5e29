package io.blockring.meta.dump;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Bytes as text in a dump: UTF-8 as it is, but {@code %}, two hexadecimal digits, for each byte of what is none, and for
 * blanks, control characters, {@code %}, {@code "} and {@code \}. So the text needs no other escapes in JSON.
 */
final class Escapes {
    private static final String HEX = "0123456789ABCDEF";
    private static final int REPLACEMENT = 0xFFFD;

    private Escapes() {}

    static String escape(byte[] bytes) {
        var text = new StringBuilder(bytes.length + 8);
        int i = 0;
        while (i < bytes.length) {
            int length = sequence(bytes[i] & 0xFF);
            int end = Math.min(bytes.length, i + length);
            String one = new String(bytes, i, end - i, StandardCharsets.UTF_8);
            int c = one.codePointAt(0);
            boolean valid = one.codePointCount(0, one.length()) == 1 && c != REPLACEMENT;
            if (valid && c > ' ' && c != '%' && c != '"' && c != '\\') {
                text.append(one);
                i = end;
            } else {
                text.append('%').append(HEX.charAt((bytes[i] >> 4) & 0xF)).append(HEX.charAt(bytes[i] & 0xF));
                i++;
            }
        }
        return text.toString();
    }

    /** How many bytes a character of UTF-8 has that begins with {@code lead}; 1 where none does. */
    private static int sequence(int lead) {
        if (lead >= 0xF0) {
            return 4;
        }
        if (lead >= 0xE0) {
            return 3;
        }
        return lead >= 0xC0 ? 2 : 1;
    }

    /** The bytes that a text stands for; a {@code %} without two digits behind it stands for itself. */
    static byte[] unescape(String text) {
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        var out = new ByteArrayOutputStream(in.length);
        for (int i = 0; i < in.length; i++) {
            int high = in[i] == '%' && i + 2 < in.length ? HEX.indexOf(in[i + 1]) : -1;
            int low = high < 0 ? -1 : HEX.indexOf(in[i + 2]);
            if (low < 0) {
                out.write(in[i]);
            } else {
                out.write(high << 4 | low);
                i += 2;
            }
        }
        return out.toByteArray();
    }
}
