package io.blockring.objectstore.codec;

import io.blockring.objectstore.codec.VolumeKeyException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Reads RSA private keys from PEM text.
 *
 * <pre>
 * BEGIN RSA PRIVATE KEY         PKCS#1; with a passphrase where a DEK-Info header names a cipher
 * BEGIN PRIVATE KEY             PKCS#8
 * BEGIN ENCRYPTED PRIVATE KEY   PKCS#8 with a passphrase (PBES2)
 * </pre>
 */
final class PemKeyReader {
    /** Far more than any key: what is longer is not looked at. */
    private static final int MAX_PEM_CHARS = 64 << 10;

    /** A key that asks for more rounds than this is an attack on our time. */
    private static final int MAX_ROUNDS = 10_000_000;

    private static final Pattern PEM = Pattern.compile(
            "-----BEGIN ((?:RSA |ENCRYPTED )?PRIVATE KEY)-----\\s*(.*?)-----END \\1-----", Pattern.DOTALL);
    private static final Pattern LEGACY = Pattern.compile(
            "Proc-Type: *4,ENCRYPTED\\s+DEK-Info: *([A-Z0-9-]+),([0-9A-Fa-f]+)\\s+(.*)", Pattern.DOTALL);

    /** What can stand in a DEK-Info header, and the bytes of its keys. */
    private static final Map<String, LegacyCipher> LEGACY_CIPHERS = Map.of(
            "AES-128-CBC", new LegacyCipher("AES", 16, 16),
            "AES-192-CBC", new LegacyCipher("AES", 24, 16),
            "AES-256-CBC", new LegacyCipher("AES", 32, 16),
            "DES-EDE3-CBC", new LegacyCipher("DESede", 24, 8));

    private record LegacyCipher(String name, int keyBytes, int ivBytes) {}

    private static final int SALT_BYTES = 8;

    /** SEQUENCE { OBJECT IDENTIFIER rsaEncryption, NULL }, behind INTEGER 0. */
    private static final byte[] RSA_ALGORITHM = HexFormat.of().parseHex("020100300d06092a864886f70d0101010500");

    private PemKeyReader() {}

    static boolean needsPassphrase(String pem) {
        return pem.contains("BEGIN ENCRYPTED PRIVATE KEY") || pem.contains("4,ENCRYPTED");
    }

    static VolumeKey read(String pem, char[] passphrase) throws VolumeKeyException {
        Matcher found = PEM.matcher(pem);
        if (pem.length() > MAX_PEM_CHARS || !found.find()) {
            throw new VolumeKeyException(Kind.UNUSABLE, "the volume's key is no RSA private key in PEM form");
        }
        if (needsPassphrase(pem) && passphrase.length == 0) {
            throw new VolumeKeyException(
                    Kind.NO_PASSPHRASE, "the volume's RSA key has a passphrase, and none is given");
        }
        String body = found.group(2);
        return switch (found.group(1)) {
            case "RSA PRIVATE KEY" -> keyOf(pkcs8Of(pkcs1(body, passphrase)), needsPassphrase(pem));
            case "PRIVATE KEY" -> keyOf(bytesOf(body), false);
            default -> keyOf(decrypted(bytesOf(body), passphrase), true);
        };
    }

    private static byte[] bytesOf(String base64) throws VolumeKeyException {
        try {
            return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new VolumeKeyException(Kind.UNUSABLE, "the PEM text of the volume's RSA key is damaged", e);
        }
    }

    private static byte[] pkcs1(String body, char[] passphrase) throws VolumeKeyException {
        Matcher legacy = LEGACY.matcher(body);
        if (!legacy.matches()) {
            return bytesOf(body);
        }
        LegacyCipher cipher = LEGACY_CIPHERS.get(legacy.group(1));
        if (cipher == null || legacy.group(2).length() != 2 * cipher.ivBytes()) {
            throw new VolumeKeyException(
                    Kind.UNUSABLE, "the volume's RSA key is encrypted by " + legacy.group(1) + ", which is not known");
        }
        byte[] iv = HexFormat.of().parseHex(legacy.group(2));
        byte[] encrypted = bytesOf(legacy.group(3));
        try {
            var key = new SecretKeySpec(legacyKey(passphrase, iv, cipher.keyBytes()), cipher.name());
            Cipher opened = Cipher.getInstance(cipher.name() + "/CBC/PKCS5Padding");
            opened.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(iv));
            return opened.doFinal(encrypted);
        } catch (GeneralSecurityException e) {
            throw wrongPassphrase(e);
        }
    }

    /** The key that OpenSSL derives for these files: MD5 over what came before, the passphrase and the salt. */
    private static byte[] legacyKey(char[] passphrase, byte[] iv, int keyBytes) throws GeneralSecurityException {
        MessageDigest md5 = MessageDigest.getInstance("MD5");
        byte[] secret = new String(passphrase).getBytes(StandardCharsets.UTF_8);
        var key = new ByteArrayOutputStream();
        while (key.size() < keyBytes) {
            md5.update(secret);
            md5.update(iv, 0, SALT_BYTES);
            byte[] part = md5.digest();
            key.write(part, 0, Math.min(part.length, keyBytes - key.size()));
            md5.update(part);
        }
        return key.toByteArray();
    }

    private static byte[] decrypted(byte[] pkcs8, char[] passphrase) throws VolumeKeyException {
        AlgorithmParameters parameters;
        EncryptedPrivateKeyInfo info;
        try {
            info = new EncryptedPrivateKeyInfo(pkcs8);
            parameters = info.getAlgParameters();
            if (parameters == null
                    || parameters.getParameterSpec(PBEParameterSpec.class).getIterationCount() > MAX_ROUNDS) {
                throw new VolumeKeyException(
                        Kind.UNUSABLE, "the volume's RSA key is encrypted in a way that is not known");
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new VolumeKeyException(
                    Kind.UNUSABLE, "the volume's RSA key is encrypted in a way that is not known", e);
        }
        var secret = new PBEKeySpec(passphrase);
        try {
            String algorithm = parameters.toString();
            SecretKey key = SecretKeyFactory.getInstance(algorithm).generateSecret(secret);
            Cipher opened = Cipher.getInstance(algorithm);
            opened.init(Cipher.DECRYPT_MODE, key, parameters);
            return info.getKeySpec(opened).getEncoded();
        } catch (GeneralSecurityException e) {
            throw wrongPassphrase(e);
        } finally {
            secret.clearPassword();
        }
    }

    private static VolumeKeyException wrongPassphrase(Exception cause) {
        return new VolumeKeyException(
                Kind.WRONG_PASSPHRASE, "the passphrase is not that of the volume's RSA key", cause);
    }

    /** PKCS#1 has the numbers alone; PKCS#8 says before them that they are an RSA key. */
    private static byte[] pkcs8Of(byte[] pkcs1) {
        byte[] octets = element(0x04, pkcs1);
        byte[] content = new byte[RSA_ALGORITHM.length + octets.length];
        System.arraycopy(RSA_ALGORITHM, 0, content, 0, RSA_ALGORITHM.length);
        System.arraycopy(octets, 0, content, RSA_ALGORITHM.length, octets.length);
        return element(0x30, content);
    }

    /** A DER element; its length stands in three bytes or as few as DER asks for. */
    private static byte[] element(int tag, byte[] content) {
        int length = content.length;
        var der = new ByteArrayOutputStream();
        der.write(tag);
        if (length < 0x80) {
            der.write(length);
        } else if (length < 0x100) {
            der.write(0x81);
            der.write(length);
        } else {
            der.write(0x82);
            der.write(length >>> 8);
            der.write(length);
        }
        der.write(content, 0, length);
        return der.toByteArray();
    }

    private static VolumeKey keyOf(byte[] pkcs8, boolean hadPassphrase) throws VolumeKeyException {
        try {
            KeyFactory factory = KeyFactory.getInstance("RSA");
            if (factory.generatePrivate(new PKCS8EncodedKeySpec(pkcs8)) instanceof RSAPrivateCrtKey key) {
                var numbers = new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent());
                return new VolumeKey(key, (RSAPublicKey) factory.generatePublic(numbers));
            }
        } catch (GeneralSecurityException e) {
            if (hadPassphrase) {
                throw wrongPassphrase(e);
            }
            throw new VolumeKeyException(Kind.UNUSABLE, "the volume's RSA key is damaged, or is no RSA key", e);
        }
        throw new VolumeKeyException(Kind.UNUSABLE, "the volume's RSA key has no public half");
    }
}
