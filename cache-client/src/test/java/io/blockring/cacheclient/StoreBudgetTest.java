package io.blockring.cacheclient;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockring.block.testing.Seeds;
import org.junit.jupiter.api.Test;

class StoreBudgetTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void aBurstIsFreeAndTheRestWaitsItsTurn() {
        var budget = new StoreBudget(100, 50, 0);
        assertThat(budget.take(50, 0, 0)).isZero();
        assertThat(budget.take(100, 0, SECOND)).isZero();
        assertThat(budget.take(10, 0, SECOND)).isEqualTo(SECOND);
        assertThat(budget.take(10, 0, SECOND)).as("too long: nothing is taken").isEqualTo(-1);
        assertThat(budget.take(10, SECOND, SECOND)).isEqualTo(SECOND / 10);
    }

    @Test
    void noMoreThanTheBurstIsSaved() {
        var budget = new StoreBudget(100, 50, 0);
        assertThat(budget.take(50, 1000 * SECOND, 0)).isZero();
        assertThat(budget.take(1, 1000 * SECOND, 0)).isZero();
        assertThat(budget.take(1, 1000 * SECOND, 0)).isEqualTo(-1);
    }

    @Test
    void overAnyTimeNoMoreIsGivenThanRateAndBurst() {
        Seeds.forEach(100, random -> {
            var budget = new StoreBudget(1_000, 500, 0);
            long now = 0;
            long given = 0;
            long lastUse = 0;
            for (int i = 0; i < 200; i++) {
                now += random.nextLong(SECOND / 10);
                long bytes = random.nextLong(1, 100);
                long wait = budget.take(bytes, now, random.nextLong(SECOND));
                if (wait >= 0) {
                    given += bytes;
                    lastUse = Math.max(lastUse, now + wait);
                    // The last taker may be in debt by what it took.
                    assertThat(given - 100).isLessThanOrEqualTo(500 + lastUse / (SECOND / 1_000) + 1);
                }
            }
            assertThat(given).isGreaterThan(1_000);
        });
    }
}
