package io.blockring.objectstore;

import static io.blockring.objectstore.testing.Objects.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.objectstore.ObjectStoreException.Kind;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class VolumeBucketTest {
    @Test
    void anAddressComesBackFromTheWordsOfTheFormat() throws Exception {
        assertBothWays(StoreAddress.parse("file:///data/objects", null, null), "file", "/data/objects/");
        assertBothWays(
                StoreAddress.parse("s3://lab", "http://127.0.0.1:9000", null), "s3", "http://127.0.0.1:9000/lab");
        assertBothWays(
                StoreAddress.parse("s3://lab", null, "eu-west-1"), "s3", "https://lab.s3.eu-west-1.amazonaws.com");
    }

    @Test
    void theOtherWaysToWriteItAreReadToo() throws Exception {
        StoreAddress local = StoreAddress.parse("s3://lab", "http://127.0.0.1:9000", null);
        assertThat(new VolumeBucket("minio", "http://127.0.0.1:9000/lab/").address())
                .isEqualTo(local);
        StoreAddress europe = StoreAddress.parse("s3://lab", null, "eu-west-1");
        assertThat(new VolumeBucket("s3", "https://s3.eu-west-1.amazonaws.com/lab").address())
                .isEqualTo(europe);
        assertThat(new VolumeBucket("s3", "lab.s3-eu-west-1.amazonaws.com").address())
                .isEqualTo(europe);
        assertThat(new VolumeBucket("s3", "https://lab.s3.amazonaws.com").address())
                .isEqualTo(StoreAddress.parse("s3://lab", null, "us-east-1"));
        assertThat(new VolumeBucket("s3", "https://lab.store.example:8443").address())
                .isEqualTo(StoreAddress.parse("s3://lab", "https://store.example:8443", null));
    }

    @Test
    void aDirectoryIsKeptByItsWholePathHoweverItWasTyped() {
        String here = Path.of("").toAbsolutePath() + "/";
        assertThat(VolumeBucket.typed(null, "file:///data/objects")).isEqualTo("/data/objects/");
        assertThat(VolumeBucket.typed(null, "/data//objects/.")).isEqualTo("/data/objects/");
        assertThat(VolumeBucket.typed(null, "./objects")).isEqualTo(here + "objects/");
        assertThat(VolumeBucket.typed("file", "objects")).isEqualTo(here + "objects/");
        assertThat(VolumeBucket.typed("s3", "lab.s3.amazonaws.com")).isEqualTo("lab.s3.amazonaws.com");
        assertThat(VolumeBucket.typed(null, "http://127.0.0.1:9000/lab")).isEqualTo("http://127.0.0.1:9000/lab");
        assertThat(VolumeBucket.typed(null, "lab.s3.amazonaws.com")).isEqualTo("lab.s3.amazonaws.com");
    }

    @Test
    void whatWeCannotReadIsRefused() {
        for (String bucket : new String[] {
            "http://h:1/lab/team",
            "https://s3.eu-west-1.amazonaws.com",
            "http://localhost",
            "http://a:b@h/lab",
            "http://"
        }) {
            assertFails(Kind.INVALID, () -> new VolumeBucket("s3", bucket).address());
        }
        assertFails(Kind.INVALID, () -> new VolumeBucket("ceph", "ceph://pool").address());
    }

    private static void assertBothWays(StoreAddress address, String storage, String bucket) throws Exception {
        var words = new VolumeBucket(storage, bucket);
        assertThat(VolumeBucket.of(address)).isEqualTo(words);
        assertThat(words.address()).isEqualTo(address);
    }
}
