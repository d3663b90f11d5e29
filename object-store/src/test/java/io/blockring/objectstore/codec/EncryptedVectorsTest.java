package io.blockring.objectstore.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.objectstore.codec.VolumeKeyException.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Keys and objects that Python's cryptography and OpenSSL made; make_vectors.py beside them says how. */
class EncryptedVectorsTest {
    private static final int PLAIN_BYTES = 5000;

    private static byte[] plain() {
        byte[] plain = new byte[PLAIN_BYTES];
        for (int i = 0; i < plain.length; i++) {
            plain[i] = (byte) (i * 7 + i / 256);
        }
        return plain;
    }

    @Test
    void objectsThatOthersEncryptedAreRead() throws Exception {
        VolumeKey key = Resources.key();
        assertThat(decoded("aes256gcm-none", key, CipherAlgorithm.AES_256_GCM, Compression.NONE))
                .isEqualTo(plain());
        assertThat(decoded("aes256gcm-zstd", key, CipherAlgorithm.AES_256_GCM, Compression.ZSTD))
                .isEqualTo(plain());
        assertThat(decoded("chacha20-none", key, CipherAlgorithm.CHACHA20_POLY1305, Compression.NONE))
                .isEqualTo(plain());
        assertThat(decoded("chacha20-lz4", key, CipherAlgorithm.CHACHA20_POLY1305, Compression.LZ4))
                .isEqualTo(plain());
    }

    private static byte[] decoded(String object, VolumeKey key, CipherAlgorithm algorithm, Compression compression)
            throws IOException {
        byte[] into = new byte[PLAIN_BYTES];
        byte[] from = Resources.bytes("encryption/" + object);
        BlockCodec.of(compression, new ObjectCipher(key, algorithm))
                .decode(object, MemorySegment.ofArray(from), MemorySegment.ofArray(into));
        return into;
    }

    @Test
    void theKeyIsReadFromEachFormThatPeopleHave() throws Exception {
        for (String pem : List.of(
                "pkcs1.pem",
                "pkcs8.pem",
                "pkcs1-passphrase.pem",
                "pkcs1-aes128.pem",
                "pkcs1-aes192.pem",
                "pkcs1-des3.pem",
                "pkcs8-passphrase.pem",
                "pkcs8-aes-128-cbc.pem")) {
            VolumeKey key =
                    VolumeKey.fromPem(Resources.text("encryption/" + pem), new Passphrase(Resources.PASSPHRASE));
            assertThat(decoded("aes256gcm-none", key, CipherAlgorithm.AES_256_GCM, Compression.NONE))
                    .isEqualTo(plain());
        }
    }

    @Test
    void aMissingPassphraseAndAWrongOneAreToldApart() throws Exception {
        for (String pem :
                List.of("pkcs1-passphrase.pem", "pkcs1-des3.pem", "pkcs8-passphrase.pem", "pkcs8-aes-128-cbc.pem")) {
            String text = Resources.text("encryption/" + pem);
            assertThat(VolumeKey.needsPassphrase(text)).isTrue();
            assertRefused(text, "", Kind.NO_PASSPHRASE, "none is given");
            for (int i = 0; i < 300; i += 30) {
                assertRefused(text, "wrong " + i, Kind.WRONG_PASSPHRASE, "not that of the volume's RSA key");
            }
        }
    }

    @Test
    void whatIsNoUsableKeyIsRefusedWithoutShowingIt() throws Exception {
        String key = Resources.text("encryption/pkcs8.pem");
        assertThat(VolumeKey.needsPassphrase(key)).isFalse();
        assertRefused("", "", Kind.UNUSABLE, "no RSA private key");
        assertRefused(key.replace("PRIVATE", "PUBLIC"), "", Kind.UNUSABLE, "no RSA private key");
        assertRefused(key.substring(0, 500), "", Kind.UNUSABLE, "no RSA private key");
        assertRefused(key.substring(0, 200) + key.substring(400), "", Kind.UNUSABLE, "damaged");
        assertRefused(" ".repeat(100_000) + key, "", Kind.UNUSABLE, "no RSA private key");
        assertRefused(Resources.text("encryption/elliptic.pem"), "", Kind.UNUSABLE, "no RSA key");
        String triple = Resources.text("encryption/pkcs8-des-ede3-cbc.pem");
        assertRefused(triple, Resources.PASSPHRASE, Kind.UNUSABLE, "not known");
        String legacy = Resources.text("encryption/pkcs1-aes128.pem");
        assertRefused(legacy.replace("AES-128-CBC", "SEED-CBC"), "x", Kind.UNUSABLE, "SEED-CBC");
        assertRefused(legacy.replaceAll("CBC,[0-9A-F]*", "CBC,00"), "x", Kind.UNUSABLE, "not known");
    }

    @Test
    void ourOwnVariableIsReadBeforeThatOfJuiceFs() {
        var both = Map.of("JFS_RSA_PASSPHRASE", "theirs", "BLOCKRING_RSA_PASSPHRASE", "ours");
        assertThat(Passphrase.ofEnvironment(both)).isEqualTo(new Passphrase("ours"));
        assertThat(Passphrase.ofEnvironment(Map.of("JFS_RSA_PASSPHRASE", "theirs")))
                .isEqualTo(new Passphrase("theirs"));
        assertThat(Passphrase.ofEnvironment(Map.of())).isEqualTo(Passphrase.NONE);
        assertThat(new Passphrase("theirs").toString()).doesNotContain("theirs");
    }

    private static void assertRefused(String pem, String passphrase, Kind kind, String reason) {
        assertThatThrownBy(() -> VolumeKey.fromPem(pem, new Passphrase(passphrase)))
                .isInstanceOfSatisfying(
                        VolumeKeyException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(reason);
    }
}
