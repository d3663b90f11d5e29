package io.blockring.group;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

/**
 * How a node takes part in a group.
 *
 * @param nodeId this node, for good
 * @param directory where it remembers what was agreed last
 * @param bindAddress where JGroups listens
 * @param clusterPort of JGroups; 0 lets the kernel choose. The next hundred and a few more are used to watch neighbours.
 * @param pollInterval about how long a lost hint can hide that the log has grown
 * @param logDeadline how long one reading or appending may take
 * @param times of liveness
 */
public record CacheGroupSettings(
        String group,
        UUID nodeId,
        Path directory,
        InetAddress bindAddress,
        int clusterPort,
        Duration pollInterval,
        Duration logDeadline,
        Liveness times) {
    public static final Duration DEFAULT_POLL_INTERVAL = Duration.ofSeconds(20);
    public static final Duration DEFAULT_LOG_DEADLINE = Duration.ofSeconds(10);

    /**
     * How patient nodes are with one another.
     *
     * @param silence how long a node that says nothing is taken for alive; one whose process ended is noticed at once
     * @param join how long a starting node looks for others before it starts alone
     * @param merge about how long two parts of a group that see each other again stay apart
     * @param unseen how long a node is not seen before the group agrees that it is down
     * @param takeOver how much later each further node does what those before it should have done
     */
    public record Liveness(Duration silence, Duration join, Duration merge, Duration unseen, Duration takeOver) {
        public static final Liveness DEFAULT = new Liveness(
                Duration.ofSeconds(10),
                Duration.ofSeconds(2),
                Duration.ofSeconds(15),
                Duration.ofSeconds(5),
                Duration.ofSeconds(2));
    }

    /** The usual ones. */
    public static CacheGroupSettings of(
            String group, UUID nodeId, Path directory, InetAddress bindAddress, int clusterPort) {
        return new CacheGroupSettings(
                group,
                nodeId,
                directory,
                bindAddress,
                clusterPort,
                DEFAULT_POLL_INTERVAL,
                DEFAULT_LOG_DEADLINE,
                Liveness.DEFAULT);
    }
}
