package io.blockring.tikvclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.blockring.block.testing.Seeds;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class KeyEncodingTest {
    private static final int LONGEST = 40;

    /** As MyRocks' format is described: the group, then 0xFF less what was filled up. */
    @Test
    void theBytesAreThoseOfTheFormat() {
        assertThat(hex("")).isEqualTo("0000000000000000f7");
        assertThat(hex("010203")).isEqualTo("0102030000000000fa");
        assertThat(hex("0102030405060708")).isEqualTo("0102030405060708ff0000000000000000f7");
        assertThat(hex("010203040506070809")).isEqualTo("0102030405060708ff0900000000000000f8");
    }

    private static String hex(String key) {
        return HexFormat.of()
                .formatHex(KeyEncoding.encode(HexFormat.of().parseHex(key)).toByteArray());
    }

    @Test
    void keysComeBackAndKeepTheirOrder() {
        Seeds.forEach(500, random -> {
            var one = new byte[random.nextInt(LONGEST)];
            random.nextBytes(one);
            byte[] other = random.nextBoolean() ? Arrays.copyOf(one, random.nextInt(LONGEST)) : new byte[1];
            assertThat(KeyEncoding.decode(KeyEncoding.encode(one))).isEqualTo(one);
            assertThat(Integer.signum(ByteString.unsignedLexicographicalComparator()
                            .compare(KeyEncoding.encode(one), KeyEncoding.encode(other))))
                    .isEqualTo(Integer.signum(Arrays.compareUnsigned(one, other)));
        });
    }

    @Test
    void aBoundaryThatIsNoEncodedKeyIsRefused() throws Exception {
        assertThat(KeyEncoding.decode(ByteString.EMPTY)).isEmpty();
        for (String raw : new String[] {"74", "7480000000000000ff", "740000000000000001"}) {
            assertThatThrownBy(() -> KeyEncoding.decode(
                            ByteString.copyFrom(HexFormat.of().parseHex(raw))))
                    .isInstanceOf(TikvException.class)
                    .hasMessageContaining("raw keys");
        }
    }
}
