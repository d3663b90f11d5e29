package io.blockring.tikvclient;

import java.time.Duration;
import java.time.Instant;

/**
 * Moments of a cluster, as its placement driver gives them; each is given once.
 *
 * <pre>
 * bits 63..18 milliseconds since 1970, 17..0 a number within the millisecond
 * </pre>
 */
public final class Moments {
    /** Behind every moment: reads at it see what is committed when they arrive. */
    static final long LATEST = -1;

    private static final int NUMBER_BITS = 18;

    private Moments() {}

    static long of(long millis, long number) {
        return (millis << NUMBER_BITS) + number;
    }

    static long millis(long moment) {
        return moment >>> NUMBER_BITS;
    }

    /** When a moment was, by the clock of the placement driver. */
    public static Instant instant(long moment) {
        return Instant.ofEpochMilli(millis(moment));
    }

    /** The moment that was {@code age} before {@code moment}. */
    public static long before(long moment, Duration age) {
        return of(millis(moment) - age.toMillis(), 0);
    }
}
