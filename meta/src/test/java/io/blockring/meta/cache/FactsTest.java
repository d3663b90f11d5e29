package io.blockring.meta.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Answers and changes that overtake one another, one order at a time. */
class FactsTest {
    private static final long LIMIT = 1000;

    private final AtomicLong numbers = new AtomicLong();
    private final AtomicLong nanos = new AtomicLong();
    private final Facts<Long, String> facts = new Facts<>(LIMIT, Duration.ofHours(1), numbers, nanos::get);

    private Question ask() {
        return new Question(numbers.get(), nanos.get());
    }

    private @Nullable String find(long key) {
        return facts.find(key, _ -> Long.MAX_VALUE);
    }

    @Test
    void whatWasAskedBeforeAChangeIsNotKept() {
        Question before = ask();
        facts.forget(1L);
        facts.learn(1L, "old", before);
        assertThat(find(1)).isNull();
        facts.learn(1L, "new", ask());
        assertThat(find(1)).isEqualTo("new");
        facts.learn(1L, "old", before);
        assertThat(find(1)).isNotEqualTo("old");
    }

    @Test
    void aChangeForgetsWhatWasKept() {
        facts.learn(1L, "old", ask());
        facts.learn(2L, "other", ask());
        facts.forget(1L);
        assertThat(find(1)).isNull();
        assertThat(find(2)).isEqualTo("other");
    }

    @Test
    void ofTwoDifferentAnswersAtOnceNeitherIsKept() {
        Question first = ask();
        Question second = ask();
        Question third = ask();
        facts.learn(1L, "new", third);
        facts.learn(1L, "old", second);
        assertThat(find(1)).isNull();
        facts.learn(1L, "old", first);
        assertThat(find(1)).isNull();
    }

    @Test
    void twoEqualAnswersAtOnceAreKept() {
        Question first = ask();
        Question second = ask();
        facts.learn(1L, "same", second);
        facts.learn(1L, "same", first);
        assertThat(find(1)).isEqualTo("same");
    }

    @Test
    void anAnswerToALaterQuestionTakesTheOthersPlace() {
        facts.learn(1L, "old", ask());
        facts.learn(1L, "new", ask());
        assertThat(find(1)).isEqualTo("new");
    }

    @Test
    void theAgeOfAnAnswerCountsFromItsQuestion() {
        Question question = ask();
        nanos.set(600);
        facts.learn(1L, "value", question);
        assertThat(facts.find(1L, _ -> 1000)).isEqualTo("value");
        nanos.set(1000);
        assertThat(facts.find(1L, _ -> 1000)).isNull();
    }

    @Test
    void thereAreNeverManyMoreThanTheLimit() {
        Question before = ask();
        for (long i = 0; i < 20 * LIMIT; i++) {
            facts.learn(i, "new", ask());
        }
        assertThat(facts.size()).isLessThanOrEqualTo(LIMIT);
        for (long i = 0; i < 20 * LIMIT; i++) {
            facts.learn(i, "old", before);
            assertThat(find(i)).as("in the place of a newer one that went").isNotEqualTo("old");
        }
    }
}
