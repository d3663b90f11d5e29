package io.blockring.objectstore.codec;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Files that others made. */
final class Resources {
    /** The passphrase of all keys that have one. */
    static final String PASSPHRASE = "correct horse";

    private Resources() {}

    static byte[] bytes(String name) throws IOException {
        try (InputStream in = Resources.class.getResourceAsStream("/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    static String text(String name) throws IOException {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }

    static VolumeKey key() throws IOException, VolumeKeyException {
        return VolumeKey.fromPem(text("encryption/pkcs8.pem"), Passphrase.NONE);
    }
}
