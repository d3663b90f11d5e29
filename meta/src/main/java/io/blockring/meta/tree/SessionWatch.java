package io.blockring.meta.tree;

import io.blockring.meta.engine.SessionRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells sessions that are dead from those whose clock is wrong. A session writes until when it counts as alive by the
 * clock of its own machine; a client that is ten minutes behind is always past that time for others. So a session is
 * taken for dead only when its time has passed and its record also stayed the same while we looked several times. It is
 * the looks that count and not the time: after an outage of the engine all records are old, and none is dead.
 *
 * <p>Not safe for use by many threads; the session's heartbeat is the only one.
 */
final class SessionWatch {
    /** How often a record must be seen unchanged. */
    static final int LOOKS = 3;

    /** So many sessions are watched at once; of more dead ones, the rest has its turn later. */
    private static final int LIMIT = 10_000;

    private record Seen(long expiresAt, int looks, long lastNanos) {}

    private final Duration leastLeft;
    private final Duration betweenLooks;
    private Map<Long, Seen> watched = Map.of();

    /**
     * @param leastLeft a session that counts as alive for no longer than that has been silent for a while, and is watched,
     *     so that it is known when its time has passed
     * @param betweenLooks a look counts when so much time lies between it and the last that counted: the other had time to
     *     say something
     */
    SessionWatch(Duration leastLeft, Duration betweenLooks) {
        this.leastLeft = leastLeft;
        this.betweenLooks = betweenLooks;
    }

    /** Whether somebody is watched, so that it is worth to look again. */
    boolean isBusy() {
        return !watched.isEmpty();
    }

    /**
     * Looks once.
     *
     * @param others the records of all other sessions as they are now
     * @param nowSeconds the time of day, since 1970
     * @param nowNanos a steady count
     * @return the sessions that are dead
     */
    List<Long> look(Iterable<SessionRecord> others, long nowSeconds, long nowNanos) {
        Map<Long, Seen> still = new HashMap<>();
        List<Long> dead = new ArrayList<>();
        for (SessionRecord session : others) {
            if (session.expiresAt() >= nowSeconds + leastLeft.toSeconds() || still.size() == LIMIT) {
                continue;
            }
            Seen before = watched.get(session.id());
            Seen seen = before != null && before.expiresAt() == session.expiresAt()
                    ? again(before, nowNanos)
                    : new Seen(session.expiresAt(), 0, nowNanos);
            if (seen.looks() >= LOOKS && session.expiresAt() < nowSeconds) {
                dead.add(session.id());
            }
            still.put(session.id(), seen);
        }
        watched = still;
        return dead;
    }

    private Seen again(Seen seen, long nowNanos) {
        return nowNanos - seen.lastNanos() < betweenLooks.toNanos()
                ? seen
                : new Seen(seen.expiresAt(), seen.looks() + 1, nowNanos);
    }
}
