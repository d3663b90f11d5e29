package io.blockring.objectstore;

import java.time.Duration;

/**
 * What a process may ask of a store.
 *
 * @param concurrentCalls calls and open contents at a time
 * @param readBytesPerSecond of all contents together; {@link #UNLIMITED} for none
 * @param writeBytesPerSecond of all puts together; {@link #UNLIMITED} for none
 * @param longestWait for a turn; then a call fails with RETRY
 */
public record StoreLimits(
        int concurrentCalls, long readBytesPerSecond, long writeBytesPerSecond, Duration longestWait) {
    public static final long UNLIMITED = Long.MAX_VALUE;
    public static final StoreLimits DEFAULTS = new StoreLimits(64, UNLIMITED, UNLIMITED, ObjectStore.DEFAULT_DEADLINE);

    public StoreLimits {
        if (concurrentCalls < 1 || readBytesPerSecond < 1 || writeBytesPerSecond < 1) {
            throw new IllegalArgumentException("limits are 1 or more");
        }
    }
}
