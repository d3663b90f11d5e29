package io.blockring.objectstore;

import java.time.Duration;

/**
 * How long a call is repeated, and how fast.
 *
 * @param deadline for one call with all that it repeats; a content's reads are calls of their own
 * @param firstPause before the second attempt; it doubles each time, and a random part of up to half is left out
 * @param longestPause how far it doubles
 * @param whileDown for a read instead of {@code deadline}, from when one failed at its deadline until the store answers
 */
public record RetrySettings(Duration deadline, Duration firstPause, Duration longestPause, Duration whileDown) {
    public static final RetrySettings DEFAULTS = new RetrySettings(
            ObjectStore.DEFAULT_DEADLINE, Duration.ofMillis(50), Duration.ofSeconds(5), Duration.ofSeconds(2));
}
