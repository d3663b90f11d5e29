package io.blockring.objectstore.codec;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts whole objects with the RSA key of a volume. Each object has a key of its own, which lies in it, wrapped by
 * the volume's key. Safe for use by many threads.
 *
 * <pre>
 * 0  u16  bytes of the wrapped key (K), big-endian
 * 2  u8   bytes of the nonce (N), always 12
 * 3       the object's key: RSA-OAEP, SHA-256, label "keys"
 * 3+K     nonce
 * 3+K+N   the content, encrypted, then a tag of 16 bytes
 * </pre>
 */
public final class ObjectCipher {
    private static final int LENGTHS_BYTES = 3;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int DATA_KEY_BYTES = 32;

    /** The most bytes by which encryption makes an object longer, whatever the key. */
    static final int MAX_OVERHEAD_BYTES = LENGTHS_BYTES + VolumeKey.MAX_MODULUS_BYTES + NONCE_BYTES + TAG_BYTES;

    private static final OAEPParameterSpec WRAPPING = new OAEPParameterSpec(
            "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, new PSource.PSpecified(new byte[] {'k', 'e', 'y', 's'}));
    private static final SecureRandom RANDOM = new SecureRandom();

    private final VolumeKey volumeKey;
    private final CipherAlgorithm algorithm;

    public ObjectCipher(VolumeKey volumeKey, CipherAlgorithm algorithm) {
        this.volumeKey = volumeKey;
        this.algorithm = algorithm;
    }

    /** By how many bytes an object is longer than its content. */
    int overheadBytes() {
        return LENGTHS_BYTES + volumeKey.modulusBytes() + NONCE_BYTES + TAG_BYTES;
    }

    /** Encrypts all of {@code content} into {@code into}, which has room for it; returns the bytes written. */
    int encrypt(ByteBuffer content, ByteBuffer into) {
        byte[] dataKey = random(DATA_KEY_BYTES);
        byte[] nonce = random(NONCE_BYTES);
        try {
            ByteBuffer object = into.duplicate();
            byte[] wrapped = rsa(Cipher.ENCRYPT_MODE).doFinal(dataKey);
            object.putShort((short) wrapped.length)
                    .put((byte) nonce.length)
                    .put(wrapped)
                    .put(nonce);
            algorithm.cipher(Cipher.ENCRYPT_MODE, keyOf(dataKey), nonce).doFinal(content.duplicate(), object);
            return object.position() - into.position();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a block could not be encrypted", e);
        } finally {
            Arrays.fill(dataKey, (byte) 0);
        }
    }

    /** Decrypts all of {@code object} into {@code content}; returns the bytes written, which are authentic. */
    int decrypt(ByteBuffer object, ByteBuffer content) throws MalformedException {
        ByteBuffer from = object.duplicate();
        if (from.remaining() < overheadBytes()) {
            throw new MalformedException("it is too short for an encrypted object");
        }
        int wrappedBytes = Short.toUnsignedInt(from.getShort());
        int nonceBytes = Byte.toUnsignedInt(from.get());
        if (wrappedBytes != volumeKey.modulusBytes() || nonceBytes != NONCE_BYTES) {
            throw new MalformedException("it does not start as an object that was encrypted with the volume's key");
        }
        byte[] wrapped = new byte[wrappedBytes];
        byte[] nonce = new byte[nonceBytes];
        from.get(wrapped).get(nonce);
        if (from.remaining() - TAG_BYTES > content.remaining()) {
            throw new MalformedException("its content is longer than the block can be");
        }
        ByteBuffer plain = content.duplicate();
        byte[] dataKey = unwrapped(wrapped);
        try {
            algorithm.cipher(Cipher.DECRYPT_MODE, keyOf(dataKey), nonce).doFinal(from, plain);
            return plain.position() - content.position();
        } catch (GeneralSecurityException e) {
            throw new MalformedException("its content is not what was encrypted", e);
        } finally {
            Arrays.fill(dataKey, (byte) 0);
        }
    }

    private byte[] unwrapped(byte[] wrapped) throws MalformedException {
        byte[] dataKey;
        try {
            dataKey = rsa(Cipher.DECRYPT_MODE).doFinal(wrapped);
        } catch (GeneralSecurityException e) {
            throw new MalformedException("its key was not wrapped with the volume's key", e);
        }
        if (dataKey.length != DATA_KEY_BYTES) {
            throw new MalformedException("its key has %d bytes".formatted(dataKey.length));
        }
        return dataKey;
    }

    private Cipher rsa(int mode) throws GeneralSecurityException {
        Cipher rsa = Cipher.getInstance("RSA/ECB/OAEPPadding");
        rsa.init(mode, mode == Cipher.ENCRYPT_MODE ? volumeKey.publicKey() : volumeKey.privateKey(), WRAPPING);
        return rsa;
    }

    private SecretKeySpec keyOf(byte[] dataKey) {
        return new SecretKeySpec(dataKey, algorithm.keyName());
    }

    private static byte[] random(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        return random;
    }
}
