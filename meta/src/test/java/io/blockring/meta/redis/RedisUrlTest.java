package io.blockring.meta.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.engine.ServiceUrl.Place;
import io.blockring.meta.redis.RedisUrl.Form;
import io.blockring.meta.redis.RedisUrl.Login;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RedisUrlTest {
    private static RedisUrl parse(String url) {
        return RedisUrl.parse(url, Map.of());
    }

    @Test
    void aServerHasAPortAndADatabase() {
        RedisUrl url = parse("redis://host:7000/3");
        assertThat(url.form()).isEqualTo(Form.SERVER);
        assertThat(url.places()).containsExactly(new Place("host", 7000));
        assertThat(url.database()).isEqualTo(3);
        assertThat(url.prefix()).isEmpty();
        assertThat(url.tls().on()).isFalse();
    }

    @Test
    void theUsualPortAndTheFirstDatabaseNeedNotBeSaid() {
        assertThat(parse("redis://host").places()).containsExactly(new Place("host", 6379));
        assertThat(parse("redis://host/").database()).isZero();
        assertThat(parse("redis://[::1]:7/1").places()).containsExactly(new Place("[::1]", 7));
    }

    @Test
    void userAndPasswordStandInFrontOrInTheEnvironment() {
        assertThat(parse("redis://me:p%40ss@host/1").login()).isEqualTo(new Login("me", "p@ss"));
        assertThat(parse("redis://:secret@host/1").login()).isEqualTo(new Login("", "secret"));
        assertThat(RedisUrl.parse("redis://me@host/1", Map.of("META_PASSWORD", "hidden"))
                        .login())
                .isEqualTo(new Login("me", "hidden"));
        assertThat(RedisUrl.parse("redis://host/1", Map.of("REDIS_PASSWORD", "old"))
                        .login())
                .isEqualTo(new Login("", "old"));
    }

    @Test
    void noTextShowsThePassword() {
        RedisUrl url = parse("redis://me:secret@host/1");
        assertThat(url.toString() + url.login()).doesNotContain("secret");
    }

    @Test
    void severalHostsAreAClusterOrSentinels() {
        RedisUrl cluster = parse("redis://a:7000,b:7001/2");
        assertThat(cluster.form()).isEqualTo(Form.CLUSTER);
        assertThat(cluster.prefix()).isEqualTo("{2}");
        RedisUrl sentinels = parse("redis://:pw@mymaster,a,b:26380/2");
        assertThat(sentinels.form()).isEqualTo(Form.SENTINELS);
        assertThat(sentinels.master()).isEqualTo("mymaster");
        assertThat(sentinels.places()).containsExactly(new Place("a", 26379), new Place("b", 26380));
        assertThat(sentinels.prefix()).isEmpty();
    }

    @Test
    void aSocketHasItsDatabaseInAnOption() {
        RedisUrl url = parse("unix:///run/redis.sock?db=4");
        assertThat(url.form()).isEqualTo(Form.SOCKET);
        assertThat(url.socket()).isEqualTo(Path.of("/run/redis.sock"));
        assertThat(url.database()).isEqualTo(4);
    }

    @Test
    void tlsHasItsFilesInOptions() {
        RedisUrl url = parse("rediss://host/1?tls-ca-cert-file=/ca.pem&tls-cert-file=/c.pem&tls-key-file=/k.pem");
        assertThat(url.tls())
                .isEqualTo(new RedisUrl.Tls(true, Path.of("/ca.pem"), Path.of("/c.pem"), Path.of("/k.pem"), false));
        assertThat(parse("rediss://host/1?insecure-skip-verify").tls().unchecked())
                .isTrue();
    }

    @Test
    void whatIsWrongIsSaid() {
        assertThatThrownBy(() -> parse("redis://host/first")).hasMessageContaining("'first' is no number");
        assertThatThrownBy(() -> parse("redis://host/-1")).hasMessageContaining("'-1' is no number");
        assertThatThrownBy(() -> parse("redis:///1")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> parse("etcd://host/1")).hasMessageContaining("redis://");
    }
}
