package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.StoreKeys;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.VolumeFormat.AtRest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SettingSecretsTest {
    private static final String PEM = "-----BEGIN RSA PRIVATE KEY-----\n(numbers)\n-----END RSA PRIVATE KEY-----\n";

    /** Secrets that Python's cryptography hid. */
    private static final String SECRET_KEY = "+QiuCX0EIcLySo3/xMuw6UuztmsRgaQKTCul96vyisl50EZBL1YyKQ==";

    private static final String SESSION_TOKEN = "rBPIViOiEX5rzWLnHj/JIhaLgWptTytqTYYUDuXyBGNNz4JGpKPu74PK";
    private static final String ENCRYPT_KEY = "FG7Kct1uaDeMCj9EjCbhEMg6RcvKfRYDqtbaUxjeS1OnkOTT6AQRv39vkfqOqrLDfSA703v1"
            + "QAoAwSZs0vz8gN6BRwDhOKVS0Bzh0gS3JpT2aZ78F5teP+Umhm7TqRg11yz27A==";

    private static VolumeSetting setting(String secretKey, String sessionToken, String encryptKey) throws IOException {
        return VolumeSetting.parse(
                """
                {"Name":"lab","UUID":"00000000-0000-0001-0000-000000000002","Storage":"s3","Bucket":"b",
                "AccessKey":"user","SecretKey":"%s","SessionToken":"%s","BlockSize":4096,"Compression":"lz4",
                "EncryptKey":"%s","EncryptAlgo":"chacha20-rsa","KeyEncrypted":true,"TrashDays":1,"MetaVersion":1}""".formatted(secretKey, sessionToken, encryptKey).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void secretsThatOthersHidAreRead() throws Exception {
        VolumeSetting setting = setting(SECRET_KEY, SESSION_TOKEN, ENCRYPT_KEY);
        assertThat(setting.objections(false)).isEmpty();
        assertThat(setting.storeKeys()).contains(new StoreKeys("user", "s3cr3t/key+=", "token of today"));
        assertThat(setting.format().atRest()).isEqualTo(new AtRest("lz4", "chacha20-rsa", PEM));
    }

    @Test
    void whatIsReadIsWrittenAsItWas() throws Exception {
        String json = new String(setting(SECRET_KEY, "", ENCRYPT_KEY).toJson(), StandardCharsets.UTF_8);
        assertThat(json).contains(SECRET_KEY, ENCRYPT_KEY, "\"KeyEncrypted\": true");
    }

    @Test
    void secretsThatWereRemovedOrChangedAreAFailureThatNamesThem() throws Exception {
        assertThatThrownBy(() -> setting("removed", "", "").storeKeys())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("SecretKey was removed");
        assertThatThrownBy(() -> setting(SECRET_KEY, "removed", "").storeKeys())
                .hasMessageContaining("SessionToken was removed");
        for (int at = 0; at < SECRET_KEY.length() - 4; at++) {
            char other = SECRET_KEY.charAt(at) == 'A' ? 'B' : 'A';
            String changed = SECRET_KEY.substring(0, at) + other + SECRET_KEY.substring(at + 1);
            assertThatThrownBy(() -> setting(changed, "", "").storeKeys())
                    .as("character %d", at)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("SecretKey cannot be read");
        }
        assertThatThrownBy(() -> setting("A".repeat(300_000), "", "").storeKeys())
                .hasMessageContaining("too long");
    }

    @Test
    void aKeyThatCannotBeReadNeverMakesThePlainVolumeOfIt() throws Exception {
        VolumeSetting setting = setting("", "", SECRET_KEY.replace('Q', 'q'));
        assertThat(setting.format().atRest().isEncrypted()).isTrue();
        assertThat(setting.objections(true)).singleElement().asString().contains("EncryptKey cannot be read");
    }

    @Test
    void theKeyOfANewVolumeIsHiddenAndReadAgain() throws Exception {
        var atRest = new AtRest("zstd", "aes256gcm-rsa", PEM);
        VolumeSetting made = VolumeSetting.of(format(atRest));
        String json = new String(made.toJson(), StandardCharsets.UTF_8);
        assertThat(json).contains("\"KeyEncrypted\": true", "\"Compression\": \"zstd\"");
        assertThat(json).doesNotContain("BEGIN").doesNotContain("numbers");
        VolumeSetting read = VolumeSetting.parse(made.toJson());
        assertThat(read.objections(false)).isEmpty();
        assertThat(read.format()).isEqualTo(format(atRest));
        assertThat(read.format().toString()).doesNotContain("numbers");
    }

    @Test
    void noVolumeIsMadeThatNobodyCouldRead() {
        assertThatThrownBy(() -> VolumeSetting.of(format(new AtRest("gzip", "", ""))))
                .hasMessageContaining("lz4 or zstd");
        assertThatThrownBy(() -> VolumeSetting.of(format(new AtRest("none", "sm4gcm", PEM))))
                .hasMessageContaining("chacha20-rsa");
    }

    private static VolumeFormat format(AtRest atRest) {
        return new VolumeFormat("lab", new UUID(1, 2), "s3", "b", 4 << 20, false, 0, 0, 1, atRest);
    }
}
