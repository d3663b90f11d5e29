package io.blockring.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class BenchOptionsTest {
    private static final List<String> KNOWN = List.of("one", "two");

    @Test
    void withoutWordsAllFiguresAreMeasuredWithTheDefaults() {
        BenchOptions options = parse();
        assertThat(options.profile()).isFalse();
        assertThat(options.figures()).isEqualTo(KNOWN);
        assertThat(options.settings()).isEqualTo(new Figure.Settings(1L << 30, 5));
    }

    @Test
    void figuresAndSizesAreNamed() {
        BenchOptions options = parse("profile", "two", "--pairs", "7", "--bytes", "128MiB");
        assertThat(options.profile()).isTrue();
        assertThat(options.figures()).containsExactly("two");
        assertThat(options.settings()).isEqualTo(new Figure.Settings(128 << 20, 7));
    }

    @Test
    void whatIsNotKnownIsRefused() {
        assertRefused("three");
        assertRefused("--speed");
        assertRefused("--pairs");
        assertRefused("--pairs", "0");
        assertRefused("--pairs", "many");
        assertRefused("--bytes", "12XB");
        assertRefused("--bytes", "65MiB");
        assertRefused("--bytes", "0");
    }

    private static void assertRefused(String... words) {
        assertThatThrownBy(() -> parse(words)).isInstanceOf(IllegalArgumentException.class);
    }

    private static BenchOptions parse(String... words) {
        return BenchOptions.parse(List.of(words), KNOWN);
    }
}
