package io.blockring.group;

import java.time.Duration;

/**
 * What holds for a whole group.
 *
 * @param downGraceMillis how long a node may be away before its blocks get other owners
 * @param lossIntervalMillis how long after an epoch that put lost nodes out no other one does
 */
public record GroupSettings(long downGraceMillis, long lossIntervalMillis) {
    public static final GroupSettings DEFAULT = new GroupSettings(
            Duration.ofMinutes(10).toMillis(), Duration.ofMinutes(1).toMillis());

    public GroupSettings {
        if (downGraceMillis < 0 || lossIntervalMillis < 0) {
            throw new IllegalArgumentException("a time of a group is negative");
        }
    }
}
