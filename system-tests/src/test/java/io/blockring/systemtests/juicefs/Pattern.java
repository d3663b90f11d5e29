package io.blockring.systemtests.juicefs;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

/** Bytes that both sides can make from a seed. */
final class Pattern {
    private Pattern() {}

    static byte[] bytes(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Length and SHA-256. */
    static String sum(byte[] bytes) {
        return bytes.length + " " + HexFormat.of().formatHex(digest().digest(bytes));
    }
}
