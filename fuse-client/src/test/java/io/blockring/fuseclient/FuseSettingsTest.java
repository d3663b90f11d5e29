package io.blockring.fuseclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FuseSettingsTest {
    @Test
    void theDefaultsArePinned() {
        FuseSettings defaults = FuseSettings.defaults();

        assertThat(defaults.readers()).isBetween(2, 4);
        assertThat(defaults.withThreads(2, 64))
                .isEqualTo(new FuseSettings(
                        new FuseSettings.Trust(
                                Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ZERO),
                        1 << 20,
                        1 << 20,
                        2,
                        64,
                        false,
                        false,
                        false));
        assertThat(defaults.maxThreads()).isEqualTo(64);
    }

    @Test
    void settingsThatCannotWorkAreRefused() {
        FuseSettings defaults = FuseSettings.defaults();

        assertThatIllegalArgumentException().isThrownBy(() -> defaults.withThreads(0, 4));
        assertThatIllegalArgumentException().isThrownBy(() -> defaults.withThreads(4, 4));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new FuseSettings.Trust(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ofSeconds(-1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FuseSettings(defaults.trust(), 5000, 0, 2, 8, false, false, false));
    }
}
