package io.blockring.meta.encoding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.blockring.meta.AclRule;
import io.blockring.meta.AclRule.Named;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The bytes of access control lists, as the volume format lays them out. */
class AclCodecTest {
    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    @Test
    void classesComeFirstAndNamesBehindTheirNumber() {
        var rule = new AclRule(7, 5, 6, 0, List.of(new Named(1000, 6), new Named(-2, 4)), List.of(new Named(100, 1)));
        byte[] value = bytes("0007 0005 0006 0000 00000002 000003e8 0006 fffffffe 0004 00000001 00000064 0001");
        assertThat(AclCodec.encode(rule)).isEqualTo(value);
        assertThat(AclCodec.decode(value)).isEqualTo(rule);
    }

    @Test
    void whatIsUnsetIsAllOnes() {
        var rule = new AclRule(7, AclRule.UNSET, AclRule.UNSET, 4, List.of(), List.of());
        byte[] value = bytes("0007 ffff ffff 0004 00000000 00000000");
        assertThat(AclCodec.encode(rule)).isEqualTo(value);
        assertThat(AclCodec.decode(value)).isEqualTo(rule);
    }

    @Test
    void moreNamesThanThereAreBytesAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AclCodec.decode(bytes("0007 0005 0006 0000 ffffffff 00000000")));
    }
}
