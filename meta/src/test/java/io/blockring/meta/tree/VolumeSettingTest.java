package io.blockring.meta.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.StoreKeys;
import io.blockring.meta.VolumeFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class VolumeSettingTest {
    private static final VolumeFormat FORMAT = new VolumeFormat(
            "lab-1", new UUID(1, 2), "s3", "http://127.0.0.1:9000/b", 4 << 20, true, 1L << 40, 1000, 7);

    private static VolumeSetting parse(String json) throws IOException {
        return VolumeSetting.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    private static VolumeSetting with(String fields) throws IOException {
        return parse("""
                {"Name":"lab","UUID":"00000000-0000-0001-0000-000000000002","Storage":"s3","Bucket":"b",
                "BlockSize":4096,"TrashDays":1,"MetaVersion":1%s}""".formatted(fields));
    }

    @Test
    void aNewVolumeAsksForNoNewerClientAndKeepsNoStatistics() {
        String json = new String(VolumeSetting.of(FORMAT).toJson(), StandardCharsets.UTF_8);
        assertThat(json).isEqualTo("""
                {
                "Name": "lab-1",
                "UUID": "00000000-0000-0001-0000-000000000002",
                "Storage": "s3",
                "Bucket": "http://127.0.0.1:9000/b",
                "BlockSize": 4096,
                "Compression": "none",
                "HashPrefix": true,
                "Capacity": 1099511627776,
                "Inodes": 1000,
                "TrashDays": 7,
                "MetaVersion": 1
                }""");
    }

    @Test
    void whatWasWrittenIsRead() throws Exception {
        assertThat(VolumeSetting.parse(VolumeSetting.of(FORMAT).toJson()).format())
                .isEqualTo(FORMAT);
    }

    @Test
    void unknownFieldsStayWhereTheyWere() throws Exception {
        String json = """
                {
                "Name": "lab",
                "Future": {
                "a": [
                1,
                "x<y"
                ],
                "none": {}
                },
                "UUID": "00000000-0000-0001-0000-000000000002",
                "BlockSize": 64,
                "Big": 18446744073709551615,
                "Real": 1.50
                }""";
        assertThat(new String(parse(json).toJson(), StandardCharsets.UTF_8)).isEqualTo(json);
        assertThat(parse(json).format().blockBytes()).isEqualTo(65_536);
    }

    @Test
    void whatWeDoNotImplementIsRefusedInOneSentence() throws Exception {
        assertThat(with("").objections(false)).isEmpty();
        assertRefused(",\"MetaVersion\":2", true, "version 2");
        assertRefused(",\"MinClientVersion\":\"1.4.0-A\"", false, "1.4.0-A");
        assertRefused(",\"MinClientVersion\":\"1.6.0-A\"", true, "1.6.0-A");
        assertRefused(",\"MinClientVersion\":\"?\"", true, "?");
        assertRefused(",\"MaxClientVersion\":\"1.0.0\"", false, "1.0.0");
        assertRefused(",\"EncryptKey\":\"x\",\"EncryptAlgo\":\"sm4gcm\",\"KeyEncrypted\":true", true, "sm4gcm");
        assertRefused(",\"EncryptKey\":\"removed\",\"KeyEncrypted\":true", true, "EncryptKey was removed");
        assertRefused(",\"EncryptKey\":\"removed\"", true, "EncryptKey was removed");
        assertRefused(",\"EncryptKey\":\"AAAA\",\"KeyEncrypted\":true", true, "EncryptKey cannot be read");
        assertRefused(",\"EncryptKey\":\"!\",\"KeyEncrypted\":true", true, "EncryptKey cannot be read");
        assertRefused(",\"Compression\":\"gzip\"", true, "gzip");
        assertRefused(",\"Shards\":4", true, "several buckets");
        assertRefused(",\"ChangeLog\":true", false, "change log");
        assertRefused(",\"Tiers\":{\"1\":{\"ID\":1}}", false, "tiers");
        assertThat(
                        with(",\"MinClientVersion\":\"1.0.0\",\"MaxClientVersion\":\"1.3.9\",\"Tiers\":{\"0\":{\"ID\":0}},\"DirStats\":true,\"EnableACL\":true")
                                .objections(false))
                .isEmpty();
    }

    private static void assertRefused(String field, boolean forReadingToo, String reason) throws IOException {
        VolumeSetting setting = with(field);
        assertThat(setting.objections(false))
                .as(field)
                .hasSize(1)
                .first()
                .asString()
                .contains(reason);
        assertThat(setting.objections(true)).as(field).hasSize(forReadingToo ? 1 : 0);
    }

    @Test
    void aChangeKeepsAllElseWhereItWas() throws Exception {
        VolumeSetting before = parse("{\"Unknown\":[1.50],\"Name\":\"lab\",\"UUID\":\"" + new UUID(1, 2)
                + "\",\"Storage\":\"file\",\"Bucket\":\"/b/\",\"BlockSize\":4096,\"TrashDays\":1,"
                + "\"SecretKey\":\"old\",\"MinClientVersion\":\"1.0.0\",\"Last\":{}}");
        VolumeSetting after =
                before.with(new SettingChange(7, 0L, 5L, true, null, null, "/c/", "key", "secret", null, null));
        assertThat(new String(after.toJson(), StandardCharsets.UTF_8).replace("\n", ""))
                .startsWith("{\"Unknown\": [1.50],\"Name\": \"lab\",")
                .contains("\"Bucket\": \"/c/\",\"BlockSize\": 4096,\"TrashDays\": 7,\"SecretKey\": ")
                .contains("\"MinClientVersion\": \"1.1.0-A\",\"Last\": {},\"Capacity\": 0,\"Inodes\": 5,")
                .doesNotContain("secret", "old");
        assertThat(after.storeKeys()).contains(new StoreKeys("key", "secret", ""));
        assertThat(after.differsFrom(before))
                .contains("TrashDays", "Capacity", "Inodes", "DirStats", "MinClientVersion", "Bucket", "SecretKey")
                .doesNotContain("Name", "Unknown", "Storage");
        assertThat(after.with(new SettingChange(null, null, null, false, true, null, null, null, null, null, null))
                        .toJson())
                .asString()
                .contains("\"MinClientVersion\": \"1.2.0-A\"");
        assertThatThrownBy(() ->
                        after.with(new SettingChange(-1, null, null, null, null, null, null, null, null, null, null)))
                .hasMessageContaining("0 days or more");
    }

    @Test
    void versionsAreOrderedAsTheirReleasesAre() {
        assertThat(ClientVersion.parse("1.1.0-A")).isLessThan(ClientVersion.parse("1.1.0"));
        assertThat(ClientVersion.parse("1.1.0-A")).isLessThan(ClientVersion.parse("1.1.0-B"));
        assertThat(ClientVersion.parse("1.0.2+2022-10-13.514ef03")).isEqualTo(ClientVersion.parse("1.0.2"));
        assertThat(ClientVersion.parse("1.10")).isGreaterThan(ClientVersion.parse("1.9.9"));
        assertThat(ClientVersion.parse("what is this")).isGreaterThan(ClientVersion.parse("99.0.0"));
    }

    @Test
    void whatNoVolumeCanBeIsRefused() {
        assertThatThrownBy(() -> VolumeSetting.of(named("UPPER"))).hasMessageContaining("a-z");
        assertThatThrownBy(() -> VolumeSetting.of(named("ab"))).hasMessageContaining("3 to 63");
        assertThatThrownBy(() ->
                        VolumeSetting.of(new VolumeFormat("lab", new UUID(1, 2), "s3", "b", 3 << 20, false, 0, 0, 0)))
                .hasMessageContaining("power of two");
        assertThatThrownBy(() -> parse("[]")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> parse("{")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> parse("{\"UUID\":\"x\"}")).isInstanceOf(IOException.class);
    }

    private static VolumeFormat named(String name) {
        return new VolumeFormat(name, new UUID(1, 2), "s3", "b", 4 << 20, false, 0, 0, 0);
    }
}
