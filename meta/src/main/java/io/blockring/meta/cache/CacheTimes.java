package io.blockring.meta.cache;

import java.time.Duration;

/**
 * For how long a client believes what the engine said, as JuiceFS names these times. Zero believes nothing. They bound how
 * long changes of other clients stay unseen; our own are seen at once, and an open asks whatever they say, but for the last.
 *
 * @param attributes of any inode
 * @param entries that name no directory
 * @param directoryEntries entries that name a directory
 * @param missingEntries that there is no such name
 * @param open for so long an open believes what is known of a file: what another client wrote meanwhile is not seen
 */
public record CacheTimes(
        Duration attributes, Duration entries, Duration directoryEntries, Duration missingEntries, Duration open) {
    /** Longer than a mount lives; what is longer still does not fit into nanoseconds. */
    public static final Duration LONGEST = Duration.ofDays(365);

    /** Those of JuiceFS: a second for what there is, nothing for what there is not, and every open asks. */
    public static final CacheTimes DEFAULT = new CacheTimes(
            Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ZERO, Duration.ZERO);

    /** Believes nothing. */
    public static final CacheTimes OFF =
            new CacheTimes(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);

    public CacheTimes {
        check(attributes);
        check(entries);
        check(directoryEntries);
        check(missingEntries);
        check(open);
    }

    private static void check(Duration time) {
        if (time.isNegative() || time.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("no time to believe something for: " + time);
        }
    }
}
