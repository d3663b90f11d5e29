package io.blockring.meta.tree;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secrets among the settings of a volume. Whoever reads the settings can read them: they are only hidden, under a
 * key that is made of the volume's UUID.
 *
 * <pre>
 * base64 of   nonce (12)   AES-128-GCM of the secret   tag (16)        key: MD5 of the UUID's text
 * </pre>
 */
final class SettingSecrets {
    static final String ENCRYPT_KEY = "EncryptKey";
    static final String KEY_ENCRYPTED = "KeyEncrypted";

    private static final List<String> SECRETS = List.of("SecretKey", "SessionToken", ENCRYPT_KEY);

    /** Stands for a secret in settings that were made fit to be shown. */
    private static final String REMOVED = "removed";

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;

    /** Far more than any secret: what is longer is not decoded. */
    private static final int MAX_SECRET_CHARS = 256 << 10;

    private static final SecureRandom RANDOM = new SecureRandom();

    private SettingSecrets() {}

    /**
     * The secret in a field, empty when there is none.
     *
     * @throws IOException it was removed, or cannot be read
     */
    static String read(ObjectNode json, String field) throws IOException {
        String stored = json.path(field).asText();
        if (stored.equals(REMOVED)) {
            throw new IOException("its " + field + " was removed from its settings");
        }
        if (stored.isEmpty() || !json.path(KEY_ENCRYPTED).asBoolean()) {
            return stored;
        }
        if (stored.length() > MAX_SECRET_CHARS) {
            throw new IOException("its " + field + " cannot be read: it is too long");
        }
        try {
            byte[] hidden = Base64.getDecoder().decode(stored);
            if (hidden.length < NONCE_BYTES + TAG_BYTES) {
                throw new IOException("its " + field + " cannot be read: it is no hidden secret");
            }
            byte[] nonce = Arrays.copyOf(hidden, NONCE_BYTES);
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, json, nonce);
            byte[] secret = cipher.doFinal(hidden, NONCE_BYTES, hidden.length - NONCE_BYTES);
            return new String(secret, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException | GeneralSecurityException e) {
            throw new IOException("its " + field + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Puts a secret into a field, hidden; all secrets of the settings must be. */
    static void put(ObjectNode json, String field, String secret) {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        try {
            byte[] plain = secret.getBytes(StandardCharsets.UTF_8);
            byte[] hidden = Arrays.copyOf(nonce, NONCE_BYTES + plain.length + TAG_BYTES);
            cipher(Cipher.ENCRYPT_MODE, json, nonce).doFinal(plain, 0, plain.length, hidden, NONCE_BYTES);
            json.put(field, Base64.getEncoder().encodeToString(hidden));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a secret could not be hidden", e);
        }
    }

    /** Hides all secrets that are not hidden yet, so that one more can be; one that was removed stays so. */
    static void hideAll(ObjectNode json) {
        if (json.path(KEY_ENCRYPTED).asBoolean()) {
            return;
        }
        for (String field : SECRETS) {
            String secret = json.path(field).asText();
            if (!secret.isEmpty() && !secret.equals(REMOVED)) {
                put(json, field, secret);
            }
        }
        json.put(KEY_ENCRYPTED, true);
    }

    /** Takes a secret away, where there is one, so that its reader is told. */
    static void remove(ObjectNode json, String field) {
        if (!json.path(field).asText().isEmpty()) {
            json.put(field, REMOVED);
        }
    }

    private static Cipher cipher(int mode, ObjectNode json, byte[] nonce) throws GeneralSecurityException {
        byte[] uuid = json.path("UUID").asText().getBytes(StandardCharsets.UTF_8);
        var key = new SecretKeySpec(MessageDigest.getInstance("MD5").digest(uuid), "AES");
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * 8, nonce));
        return cipher;
    }
}
