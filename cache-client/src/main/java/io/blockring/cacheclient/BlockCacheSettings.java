package io.blockring.cacheclient;

import io.blockring.proto.asking.AskingSettings;
import java.time.Duration;

/**
 * How a block cache deals with its group.
 *
 * @param asking how patient it is with each node
 * @param readDeadline how long one read may take, with all that it tries; the last third is for the object store alone
 * @param firstRing how long to wait for the ring at the start; later it is looked for in the background
 * @param ringPoll how often to look for a new ring, when no answer tells of one
 * @param storeBytesPerSecond how much may be read from the object store because the group did not give it
 * @param storeBurstBytes how much of that may come at once
 * @param offerBytes how many bytes of blocks just written may wait to be offered
 */
public record BlockCacheSettings(
        AskingSettings asking,
        Duration readDeadline,
        Duration firstRing,
        Duration ringPoll,
        long storeBytesPerSecond,
        long storeBurstBytes,
        long offerBytes) {
    /** Good for a mount. */
    public static final BlockCacheSettings DEFAULT = new BlockCacheSettings(
            AskingSettings.DEFAULT,
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            Duration.ofSeconds(15),
            256L << 20,
            512L << 20,
            64L << 20);

    public BlockCacheSettings {
        if (storeBytesPerSecond < 1 || storeBurstBytes < 1 || offerBytes < 0) {
            throw new IllegalArgumentException("no such limits: " + storeBytesPerSecond + " bytes a second from the"
                    + " store, " + storeBurstBytes + " at once, " + offerBytes + " to be offered");
        }
    }
}
