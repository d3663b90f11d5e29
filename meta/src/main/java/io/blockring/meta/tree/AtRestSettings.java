package io.blockring.meta.tree;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.blockring.meta.VolumeFormat.AtRest;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** How objects are made of blocks, as it stands in the settings of a volume. */
final class AtRestSettings {
    private static final String COMPRESSION = "Compression";
    private static final String ALGORITHM = "EncryptAlgo";
    private static final Set<String> COMPRESSIONS = Set.of("", "none", "lz4", "zstd");
    private static final Set<String> ALGORITHMS = Set.of("", "aes256gcm-rsa", "chacha20-rsa");

    private AtRestSettings() {}

    static AtRest read(ObjectNode json) {
        String compression = json.path(COMPRESSION).asText();
        return new AtRest(
                compression.isEmpty() ? AtRest.PLAIN.compression() : compression,
                json.path(ALGORITHM).asText(),
                key(json));
    }

    /** What cannot be read stays what it is: no key, but none that would make the volume a plain one. */
    private static String key(ObjectNode json) {
        try {
            return SettingSecrets.read(json, SettingSecrets.ENCRYPT_KEY);
        } catch (IOException _) {
            return json.path(SettingSecrets.ENCRYPT_KEY).asText(); // {@link #objectTo} says why
        }
    }

    static void requireKnown(AtRest atRest) {
        if (!COMPRESSIONS.contains(atRest.compression())) {
            throw new IllegalArgumentException("blocks are compressed by none, lz4 or zstd");
        }
        if (!ALGORITHMS.contains(atRest.encryptAlgorithm())) {
            throw new IllegalArgumentException("objects are encrypted by aes256gcm-rsa or chacha20-rsa");
        }
    }

    static void putCompression(ObjectNode json, AtRest atRest) {
        json.put(COMPRESSION, atRest.compression());
    }

    static void putEncryption(ObjectNode json, AtRest atRest) {
        if (atRest.isEncrypted()) {
            SettingSecrets.put(json, SettingSecrets.ENCRYPT_KEY, atRest.encryptKey());
            if (!atRest.encryptAlgorithm().isEmpty()) {
                json.put(ALGORITHM, atRest.encryptAlgorithm());
            }
            json.put(SettingSecrets.KEY_ENCRYPTED, true);
        }
    }

    /** Why blocks of the volume could not be read or written, in one sentence each. */
    static void objectTo(ObjectNode json, List<String> objections) {
        AtRest atRest = read(json);
        if (!COMPRESSIONS.contains(atRest.compression())) {
            objections.add(
                    "its objects are compressed by %s, which this build cannot read".formatted(atRest.compression()));
        }
        if (!atRest.isEncrypted()) {
            return;
        }
        if (!ALGORITHMS.contains(atRest.encryptAlgorithm())) {
            objections.add("its objects are encrypted by %s, which this build cannot read"
                    .formatted(atRest.encryptAlgorithm()));
            return;
        }
        try {
            SettingSecrets.read(json, SettingSecrets.ENCRYPT_KEY);
        } catch (IOException e) {
            objections.add("its objects are encrypted, and " + e.getMessage());
        }
    }
}
