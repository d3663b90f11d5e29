package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.AclKind;
import io.blockring.meta.AclRule;
import io.blockring.meta.AclRule.Named;
import io.blockring.meta.FileError;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Access control lists as Linux's extended attribute. */
class AclAttributeTest {
    private static final String FULL = "02000000" + "01000700ffffffff" + "02000600e8030000" + "04000500ffffffff"
            + "0800010064000000" + "10000600ffffffff" + "20000000ffffffff";

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    @Test
    void entriesAreInTheOrderOfTheirTags() throws Exception {
        var rule = new AclRule(7, 5, 6, 0, List.of(new Named(1000, 6)), List.of(new Named(100, 1)));
        assertThat(AclAttribute.encode(rule)).isEqualTo(bytes(FULL));
        assertThat(AclAttribute.decode(bytes(FULL))).isEqualTo(rule);
    }

    @Test
    void withoutAMaskThereIsNoEntryOfOne() throws Exception {
        var rule = new AclRule(6, 4, AclRule.UNSET, 0, List.of(), List.of());
        byte[] value = bytes("02000000" + "01000600ffffffff" + "04000400ffffffff" + "20000000ffffffff");
        assertThat(AclAttribute.encode(rule)).isEqualTo(value);
        assertThat(AclAttribute.decode(value)).isEqualTo(rule);
        assertThat(AclAttribute.decode(bytes("02000000"))).isNull();
    }

    @Test
    void whatIsNoListIsRefused() {
        for (String hex : List.of(
                "",
                "01000000",
                "0200000001",
                "02000000" + "01000800ffffffff",
                "02000000" + "03000700ffffffff",
                "02000000" + "01000700ffffffff" + "01000700ffffffff")) {
            assertThatThrownBy(() -> AclAttribute.decode(bytes(hex)))
                    .as(hex)
                    .isInstanceOfSatisfying(
                            FileError.class, e -> assertThat(e.kind()).isEqualTo(FileError.Kind.INVALID));
        }
    }

    @Test
    void theNamesAreThoseOfLinux() {
        assertThat(AclAttribute.kindOf("system.posix_acl_access".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(AclKind.ACCESS);
        assertThat(AclAttribute.kindOf("system.posix_acl_default".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(AclKind.DEFAULT);
        assertThat(AclAttribute.kindOf("user.posix_acl_access".getBytes(StandardCharsets.US_ASCII)))
                .isNull();
    }

    @Test
    void listsAndTheUmaskAreAskedForOnlyWhereListsAreKept() {
        long bits = InitFlag.POSIX_ACL.bit() | InitFlag.DONT_MASK.bit();
        assertThat(InitFlag.wanted(FuseSettings.defaults()) & bits).isZero();
        assertThat(InitFlag.wanted(FuseSettings.defaults().withAcl(true)) & bits)
                .isEqualTo(bits);
    }
}
