package io.blockring.objectstore;

import static io.blockring.objectstore.testing.Objects.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.objectstore.ObjectStoreException.Kind;
import io.blockring.objectstore.StoreAddress.Checksums;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreAddressTest {
    @Test
    void aBucketBehindAnEndpoint() throws Exception {
        assertThat(StoreAddress.parse("s3://lab", "http://127.0.0.1:9000", null))
                .isEqualTo(new StoreAddress.S3(
                        "lab", URI.create("http://127.0.0.1:9000"), "us-east-1", Checksums.WHEN_REQUIRED));
        assertThat(StoreAddress.parse("s3://lab/", "https://s3.eu-west-1.amazonaws.com", "eu-west-1"))
                .isEqualTo(new StoreAddress.S3(
                        "lab",
                        URI.create("https://s3.eu-west-1.amazonaws.com"),
                        "eu-west-1",
                        Checksums.WHEN_SUPPORTED));
    }

    @Test
    void aBucketOfAwsNeedsItsRegion() throws Exception {
        assertThat(StoreAddress.parse("s3://lab", null, "eu-west-1"))
                .isEqualTo(new StoreAddress.S3("lab", null, "eu-west-1", Checksums.WHEN_SUPPORTED));
        assertFails(Kind.INVALID, () -> StoreAddress.parse("s3://lab", null, null));
    }

    @Test
    void aPrefixIsRefusedWithWhatToWriteInstead() {
        assertFails(Kind.INVALID, () -> StoreAddress.parse("s3://lab/team/a", "http://127.0.0.1:9000", null));
        assertThatThrownBy(() -> StoreAddress.parse("s3://lab/team/a", "http://127.0.0.1:9000", null))
                .hasMessageContaining("prefix")
                .hasMessageEndingWith("use s3://lab");
    }

    @Test
    void aDirectory() throws Exception {
        assertThat(StoreAddress.parse("file:///data/objects", null, null))
                .isEqualTo(new StoreAddress.Directory(Path.of("/data/objects")));
    }

    @Test
    void whatIsNoAddressIsRefused() {
        for (String storage : new String[] {"lab", "http://lab", "s3:lab", "s3://", "s3://l", "s3://a b c", "file:x"}) {
            assertFails(Kind.INVALID, () -> StoreAddress.parse(storage, null, "eu-west-1"));
            assertFails(Kind.INVALID, () -> StoreAddress.parse(storage, null, null));
        }
        for (String endpoint :
                new String[] {"127.0.0.1:9000", "ftp://host", "http://host/path", "http://me:pw@host", "http://"}) {
            assertFails(Kind.INVALID, () -> StoreAddress.parse("s3://lab", endpoint, null));
        }
        assertThatThrownBy(() -> StoreAddress.parse("s3://lab", "http://me:pw@host", null))
                .message()
                .doesNotContain("pw");
        assertFails(Kind.INVALID, () -> StoreAddress.parse("file:///data", "http://127.0.0.1:9000", null));
    }

    @Test
    void theUsualStackIsMadeOfAnAddress(@TempDir Path directory) throws Exception {
        var meter = new StoreMeter();
        try (ObjectStore store =
                ObjectStores.open(new StoreAddress.Directory(directory), null, StoreSettings.DEFAULTS, meter)) {
            assertThat(store.head("a")).isEmpty();
        }
        assertThat(meter.usage().of(StoreUsage.Method.HEAD).begun()).isEqualTo(1);
        var bucket = StoreAddress.parse("s3://lab", "http://127.0.0.1:1", null);
        assertFails(Kind.DENIED, () -> ObjectStores.open(bucket, null));
        assertFails(
                Kind.NO_BUCKET, () -> ObjectStores.open(new StoreAddress.Directory(directory.resolve("none")), null));
    }
}
