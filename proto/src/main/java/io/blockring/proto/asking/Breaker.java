package io.blockring.proto.asking;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Whether it is worth asking a node. Closed, it lets all pass; open, nobody, until a probe in the background has
 * reached the node: so no reader pays for finding out.
 *
 * <p>Driven by messages; safe for use by many threads.
 */
final class Breaker {
    private static final double JITTER = 0.25;

    private final AskingSettings settings;
    private final RandomGenerator random;
    private int failures;
    private boolean open;
    /** How often it opened, or a probe failed, since the node last answered a request. */
    private int setbacks;

    Breaker(AskingSettings settings, RandomGenerator random) {
        this.settings = settings;
        this.random = random;
    }

    synchronized boolean isOpen() {
        return open;
    }

    /** The node answered a request, whatever it said. */
    synchronized void answered() {
        failures = 0;
        setbacks = 0;
        open = false;
    }

    /**
     * A connection was lost or could not be made.
     *
     * @param silent the node let the time pass, which costs much more than an error
     * @return true when this opened the breaker: whoever hears it starts the probing
     */
    synchronized boolean failed(boolean silent) {
        failures = silent ? settings.failuresToOpen() : failures + 1;
        if (open || failures < settings.failuresToOpen()) {
            return false;
        }
        open = true;
        setbacks++;
        return true;
    }

    /** How long to wait before the next probe. */
    synchronized Duration probeDelay() {
        long first = settings.firstProbeDelay().toNanos();
        long longest = settings.maxProbeDelay().toNanos();
        int doublings = Math.min(Math.max(setbacks - 1, 0), Integer.SIZE);
        double nanos = Math.min((double) first * Math.pow(2, doublings), (double) longest);
        return Duration.ofNanos((long) (nanos * (1 - JITTER * random.nextDouble())));
    }

    /** The node greeted a probe: the next requests show whether it works. One more failure opens again. */
    synchronized void probeSucceeded() {
        open = false;
        failures = settings.failuresToOpen() - 1;
    }

    synchronized void probeFailed() {
        setbacks++;
    }
}
