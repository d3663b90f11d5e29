package io.blockring.meta.keyvalue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.etcdclient.EtcdLogin;
import io.blockring.etcdclient.EtcdSecurity;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EtcdUrlTest {
    @Test
    void itNamesMembersAndAVolume() {
        EtcdUrl url = EtcdUrl.parse("etcd://one,two:12379/lab/small", Map.of());
        assertThat(url.members()).containsExactly("one:2379", "two:12379");
        assertThat(url.name()).as("the slash is a part of all keys").isEqualTo("/lab/small");
        assertThat(url.login()).isEqualTo(EtcdLogin.NOBODY);
        assertThat(url.security()).isEqualTo(EtcdSecurity.NONE);
    }

    @Test
    void aPasswordMayComeFromTheEnvironment() {
        assertThat(EtcdUrl.parse("etcd://me:p%40ss@h/v", Map.of()).login()).isEqualTo(new EtcdLogin("me", "p@ss"));
        assertThat(EtcdUrl.parse("etcd://me@h/v", Map.of("META_PASSWORD", "secret"))
                        .login())
                .isEqualTo(new EtcdLogin("me", "secret"))
                .hasToString("me");
    }

    @Test
    void anyFileOrNameAsksForTls() {
        EtcdSecurity security = EtcdUrl.parse("etcd://h/v?cacert=/ca&server-name=etcd&insecure-skip-verify=1", Map.of())
                .security();
        assertThat(security).isEqualTo(new EtcdSecurity(Path.of("/ca"), null, null, "etcd", true));
        assertThat(security.encrypted()).isTrue();
    }

    @Test
    void whatIsWrongIsSaid() {
        assertWrong("etcd://h/v?ca=/ca", "'ca'");
        assertWrong("etcd://h/v?cert=/c", "needs its key");
        assertWrong("etcd://h/v?insecure-skip-verify=1", "TLS");
        assertWrong("etcd:///v", "no host");
    }

    private static void assertWrong(String url, String why) {
        assertThatThrownBy(() -> EtcdUrl.parse(url, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }
}
