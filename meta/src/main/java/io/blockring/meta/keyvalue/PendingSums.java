package io.blockring.meta.keyvalue;

import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What sums have gathered and the store does not know yet. */
final class PendingSums {
    /** Space and inodes of a quota that were used, or freed. */
    record Use(long space, long inodes) {
        Use plus(Use more) {
            return new Use(space + more.space, inodes + more.inodes);
        }
    }

    /** Changes of sums, each by what it is added to. */
    static final class Changes {
        final Map<Counter, Long> counters = new EnumMap<>(Counter.class);
        final Map<Long, DirectoryStats> directories = new HashMap<>();
        final Map<QuotaOwner, Use> quotas = new HashMap<>();

        void add(Changes more) {
            more.counters.forEach((counter, delta) -> counters.merge(counter, delta, Long::sum));
            more.directories.forEach((directory, delta) -> directories.merge(directory, delta, DirectoryStats::plus));
            more.quotas.forEach((owner, delta) -> quotas.merge(owner, delta, Use::plus));
        }

        boolean isEmpty() {
            return counters.isEmpty() && directories.isEmpty() && quotas.isEmpty();
        }
    }

    private Changes gathered = new Changes();

    synchronized void add(Changes changes) {
        gathered.add(changes);
    }

    /** The same by a transaction that wrote some directories' sums anew: what had gathered for them is in there. */
    synchronized void add(Changes changes, Set<Long> written) {
        gathered.directories.keySet().removeAll(written);
        gathered.add(changes);
    }

    synchronized long of(Counter counter) {
        return gathered.counters.getOrDefault(counter, 0L);
    }

    /** What a directory holds with what is gathered; only one that is counted gathers anything. */
    synchronized @Nullable DirectoryStats with(long directory, @Nullable DirectoryStats stored) {
        return stored == null ? null : stored.plus(gathered.directories.getOrDefault(directory, DirectoryStats.NONE));
    }

    synchronized @Nullable Quota with(QuotaOwner owner, @Nullable Quota stored) {
        Use use = gathered.quotas.get(owner);
        return stored == null || use == null ? stored : stored.plusUsed(use.space(), use.inodes());
    }

    /** Takes all of it, for the caller to write; what could not be written is added again. */
    synchronized Changes take() {
        Changes taken = gathered;
        gathered = new Changes();
        return taken;
    }
}
