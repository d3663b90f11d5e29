package io.blockring.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CaseTest {
    private static final long GB = 1_000_000_000L;

    @Test
    void aRatioComparesRunsOfTheSameRoundOnly() {
        var measured = new Case("tcp", 1);
        measured.add(round(run(1), run(2))); // half as fast as its limit
        measured.add(round(run(4), run(4))); // a slow phase of the machine: as fast
        measured.add(round(run(2), run(4)));
        Case.Summary summary = measured.summary();
        assertThat(summary.ours().ratioToLimit()).isEqualTo(new Spread(0.5, 0.5, 1.0));
        assertThat(summary.ours().gbPerSecond()).isEqualTo(new Spread(0.25, 0.25, 0.5));
        assertThat(summary.rounds()).isEqualTo(3);
    }

    @Test
    void cpuIsCountedByGigabyteAndProcess() {
        var measured = new Case("unix", 16);
        measured.add(round(run(1), new Run(2 * GB, 1, Map.of("node", 0.5))));
        assertThat(measured.summary().ours().cpuOf("node")).isEqualTo(0.25);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> measured.summary().ours().cpuOf("client"));
    }

    @Test
    void theLimitHasNoRatioToItself() {
        var measured = new Case("tcp", 1);
        measured.add(round(run(1), run(2)));
        assertThat(measured.summary().series().get(Case.LIMIT))
                .isNotNull()
                .extracting(Case.Series::ratioToLimit)
                .isNull();
    }

    @Test
    void aRoundWithoutALimitOrWithOtherRunsIsRefused() {
        var measured = new Case("tcp", 1);
        assertThatIllegalArgumentException().isThrownBy(() -> measured.add(Map.of(Case.OURS, run(1))));
        measured.add(round(run(1), run(2)));
        assertThatIllegalArgumentException().isThrownBy(() -> measured.add(Map.of(Case.LIMIT, run(1))));
    }

    @Test
    void aRunHasBytesAndTime() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Run(0, 1, Map.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> new Run(1, 0, Map.of()));
    }

    private static Run run(double seconds) {
        return new Run(GB, seconds, Map.of());
    }

    private static Map<String, Run> round(Run limit, Run ours) {
        var round = new LinkedHashMap<String, Run>();
        round.put(Case.LIMIT, limit);
        round.put(Case.OURS, ours);
        return round;
    }
}
