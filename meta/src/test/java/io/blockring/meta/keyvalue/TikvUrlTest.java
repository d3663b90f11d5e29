package io.blockring.meta.keyvalue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.tikvclient.TikvSecurity;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TikvUrlTest {
    @Test
    void severalPlacementDriversAndANameOfTheVolume() {
        TikvUrl url = TikvUrl.parse("tikv://pd1,pd2:2380,pd3:2379/labs/one");
        assertThat(url.drivers()).containsExactly("pd1:2379", "pd2:2380", "pd3:2379");
        assertThat(url.name()).isEqualTo("labs/one");
        assertThat(url.security()).isEqualTo(TikvSecurity.NONE);
        assertThat(url.keepVersions()).isEqualTo(Duration.ofHours(3));
        assertThat(TikvUrl.parse("tikv://pd").name()).isEmpty();
    }

    @Test
    void versionsAreKeptAsLongAsItSaysButAnHourAtLeast() {
        assertThat(TikvUrl.parse("tikv://pd/a?gc-interval=1h30m").keepVersions())
                .isEqualTo(Duration.ofMinutes(90));
        assertThat(TikvUrl.parse("tikv://pd/a?gc-interval=5m").keepVersions()).isEqualTo(Duration.ofHours(1));
        assertThat(TikvUrl.parse("tikv://pd/a?gc-interval=0").keepVersions()).isNull();
        assertThat(TikvUrl.parse("tikv://pd/a?gc-interval=0s").keepVersions()).isNull();
    }

    @Test
    void certificatesAreFiles() {
        assertThat(TikvUrl.parse("tikv://pd/a?ca=/ca.pem&cert=/c.pem&key=/k.pem")
                        .security())
                .isEqualTo(new TikvSecurity(Path.of("/ca.pem"), Path.of("/c.pem"), Path.of("/k.pem")));
    }

    @Test
    void whatIsWrongIsSaid() {
        assertThatThrownBy(() -> TikvUrl.parse("tikv:///a")).hasMessageContaining("'' is no host");
        assertThatThrownBy(() -> TikvUrl.parse("tikv://pd/a?gc-interval=daily"))
                .hasMessageContaining("'daily' is no gc-interval");
        assertThatThrownBy(() -> TikvUrl.parse("tikv://pd/a?gc-interval=-3h")).hasMessageContaining("'-3h'");
        assertThatThrownBy(() -> TikvUrl.parse("tikv://pd/a?cert=/c.pem")).hasMessageContaining("key=FILE");
        assertThatThrownBy(() -> TikvUrl.parse("tikv://pd/a?verify-cn=tikv")).hasMessageContaining("verify-cn");
        assertThatThrownBy(() -> TikvUrl.parse("tikv://me:secret@pd/a"))
                .hasMessageContaining("certificates")
                .hasMessageNotContaining("secret");
    }
}
