package io.blockring.proto.asking;

import java.time.Duration;

/**
 * How patient one process is with each node.
 *
 * @param connectionsPerNode how many connections may be open to one node
 * @param connectTimeout for connecting and the first frames
 * @param silence how long a node may say nothing while it owes an answer; nodes at work send a heartbeat
 * @param failuresToOpen so many lost connections in a row open the breaker of a node; silence opens it at once
 * @param firstProbeDelay how long after opening the node is tried again; it doubles from probe to probe
 * @param maxProbeDelay limit of the doubling
 */
public record AskingSettings(
        int connectionsPerNode,
        Duration connectTimeout,
        Duration silence,
        int failuresToOpen,
        Duration firstProbeDelay,
        Duration maxProbeDelay) {
    /** Good for a mount or a node in one data centre. */
    public static final AskingSettings DEFAULT = new AskingSettings(
            64, Duration.ofSeconds(1), Duration.ofSeconds(3), 3, Duration.ofMillis(500), Duration.ofSeconds(20));

    public AskingSettings {
        if (connectionsPerNode < 1 || failuresToOpen < 1) {
            throw new IllegalArgumentException(
                    "no such limits: " + connectionsPerNode + " connections, " + failuresToOpen + " failures");
        }
    }
}
