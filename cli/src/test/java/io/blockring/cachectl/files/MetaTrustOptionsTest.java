package io.blockring.cachectl.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blockring.meta.AccessTimes;
import io.blockring.meta.cache.CacheTimes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MetaTrustOptionsTest {
    private static MetaTrustOptions parsed(String... options) {
        var command = new MountCommand();
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("rocksdb:///meta", "/mnt"));
        new CommandLine(command).parseArgs(arguments.toArray(String[]::new));
        return command.trust();
    }

    @Test
    void theDefaultsAreThoseOfJuiceFs() {
        assertThat(parsed().times()).isEqualTo(CacheTimes.DEFAULT);
        assertThat(parsed().accessTimes()).isEqualTo(AccessTimes.NOATIME);
    }

    @Test
    void timesHaveUnitsOrAreSeconds() {
        CacheTimes times = parsed(
                        "--attr-cache=1.5",
                        "--entry-cache",
                        "500ms",
                        "--dir-entry-cache=2m",
                        "--negative-entry-cache=0",
                        "--open-cache=1h")
                .times();
        assertThat(times)
                .isEqualTo(new CacheTimes(
                        Duration.ofMillis(1500),
                        Duration.ofMillis(500),
                        Duration.ofMinutes(2),
                        Duration.ZERO,
                        Duration.ofHours(1)));
        assertThat(parsed("--attr-cache=999999999h").times().attributes()).isEqualTo(CacheTimes.LONGEST);
    }

    @Test
    void whatIsNoTimeOrModeIsRefused() {
        for (String wrong : List.of("-1s", "1d", "fast", "", "1e3", "1..5")) {
            assertThatThrownBy(() -> parsed("--attr-cache=" + wrong))
                    .isInstanceOf(CommandLine.ParameterException.class);
        }
        assertThatThrownBy(() -> parsed("--atime-mode=always"))
                .isInstanceOf(CommandLine.ParameterException.class)
                .hasMessageContaining("strictatime");
    }

    @Test
    void theProcessInTheBackgroundGetsTheSame() {
        MetaTrustOptions given =
                parsed("--attr-cache=0.000000001", "--open-cache=90m", "--atime-mode=relatime", "--entry-cache=7");
        MetaTrustOptions handed = parsed(given.asArguments().toArray(String[]::new));
        assertThat(handed.times()).isEqualTo(given.times());
        assertThat(handed.accessTimes()).isEqualTo(AccessTimes.RELATIME);
    }
}
