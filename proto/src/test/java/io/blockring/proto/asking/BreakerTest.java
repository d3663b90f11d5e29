package io.blockring.proto.asking;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BreakerTest {
    private static final AskingSettings SETTINGS = new AskingSettings(
            1, Duration.ofSeconds(1), Duration.ofSeconds(1), 3, Duration.ofMillis(100), Duration.ofSeconds(2));

    @Test
    void errorsInARowOpenIt() {
        var breaker = new Breaker(SETTINGS, new Random(1));
        assertThat(breaker.failed(false)).isFalse();
        assertThat(breaker.failed(false)).isFalse();
        breaker.answered();
        assertThat(breaker.failed(false)).isFalse();
        assertThat(breaker.failed(false)).isFalse();
        assertThat(breaker.failed(false)).isTrue();
        assertThat(breaker.isOpen()).isTrue();
        assertThat(breaker.failed(false))
                .as("only the first one starts a probe")
                .isFalse();
    }

    @Test
    void silenceOpensItAtOnce() {
        var breaker = new Breaker(SETTINGS, new Random(1));
        assertThat(breaker.failed(true)).isTrue();
    }

    @Test
    void afterAProbeOneFailureIsEnough() {
        var breaker = new Breaker(SETTINGS, new Random(1));
        breaker.failed(true);
        breaker.probeSucceeded();
        assertThat(breaker.isOpen()).isFalse();
        assertThat(breaker.failed(false)).isTrue();
        breaker.probeSucceeded();
        breaker.answered();
        assertThat(breaker.failed(false)).isFalse();
    }

    @Test
    void probesComeLessAndLessOftenUpToALimit() {
        Seeds.forEach(50, random -> {
            var breaker = new Breaker(SETTINGS, random);
            breaker.failed(true);
            assertThat(breaker.probeDelay()).isBetween(Duration.ofMillis(75), Duration.ofMillis(100));
            breaker.probeFailed();
            assertThat(breaker.probeDelay()).isBetween(Duration.ofMillis(150), Duration.ofMillis(200));
            for (int i = 0; i < 100; i++) {
                breaker.probeFailed();
            }
            assertThat(breaker.probeDelay()).isBetween(Duration.ofMillis(1500), Duration.ofSeconds(2));
        });
    }
}
