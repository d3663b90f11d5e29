package io.blockring.objectstore.codec;

import io.blockring.objectstore.codec.VolumeKeyException.Kind;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;

/** The RSA key of a volume, both halves. It never shows itself. */
public final class VolumeKey {
    /** The largest RSA key that is used: 16,384 bits. */
    static final int MAX_MODULUS_BYTES = 2048;

    /** OAEP with SHA-256 needs 66 bytes beside the 32 that it wraps. */
    private static final int MIN_MODULUS_BYTES = 128;

    private final RSAPrivateCrtKey privateKey;
    private final RSAPublicKey publicKey;

    VolumeKey(RSAPrivateCrtKey privateKey, RSAPublicKey publicKey) throws VolumeKeyException {
        this.privateKey = privateKey;
        this.publicKey = publicKey;
        if (modulusBytes() < MIN_MODULUS_BYTES || modulusBytes() > MAX_MODULUS_BYTES) {
            throw new VolumeKeyException(
                    Kind.UNUSABLE,
                    "an RSA key of a volume has %d to %d bits, not %d"
                            .formatted(
                                    MIN_MODULUS_BYTES * 8,
                                    MAX_MODULUS_BYTES * 8,
                                    privateKey.getModulus().bitLength()));
        }
    }

    /**
     * Reads a private key as PEM text: PKCS#1 or PKCS#8, plain or with a passphrase.
     *
     * @param passphrase not looked at for a key that has none
     */
    public static VolumeKey fromPem(String pem, Passphrase passphrase) throws VolumeKeyException {
        return PemKeyReader.read(pem, passphrase.text().toCharArray());
    }

    /** Whether text claims to be a key that cannot be read without a passphrase. */
    public static boolean needsPassphrase(String pem) {
        return PemKeyReader.needsPassphrase(pem);
    }

    RSAPrivateCrtKey privateKey() {
        return privateKey;
    }

    RSAPublicKey publicKey() {
        return publicKey;
    }

    int modulusBytes() {
        return (privateKey.getModulus().bitLength() + 7) / 8;
    }
}
