package io.blockring.objectstore.codec;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;

/** How the content of an object is encrypted and made proof against change. */
public enum CipherAlgorithm {
    AES_256_GCM("aes256gcm-rsa", "AES") {
        @Override
        Cipher cipher(int mode, SecretKey key, byte[] nonce) throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            return cipher;
        }
    },

    CHACHA20_POLY1305("chacha20-rsa", "ChaCha20") {
        @Override
        Cipher cipher(int mode, SecretKey key, byte[] nonce) throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
            cipher.init(mode, key, new IvParameterSpec(nonce));
            return cipher;
        }
    };

    private static final int TAG_BITS = 128;

    private final String word;
    private final String keyName;

    CipherAlgorithm(String word, String keyName) {
        this.word = word;
        this.keyName = keyName;
    }

    /** How the volume format calls it. */
    public String word() {
        return word;
    }

    /** The algorithm that the volume format calls so, for which no word means AES-256-GCM. */
    public static Optional<CipherAlgorithm> of(String word) {
        return word.isEmpty()
                ? Optional.of(AES_256_GCM)
                : Arrays.stream(values())
                        .filter(known -> known.word.equals(word))
                        .findFirst();
    }

    /** How the JDK calls its keys. */
    String keyName() {
        return keyName;
    }

    /** A cipher for one object. */
    abstract Cipher cipher(int mode, SecretKey key, byte[] nonce) throws GeneralSecurityException;
}
