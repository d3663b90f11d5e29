package io.blockring.meta.keyvalue;

import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
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

        /** All of it in parts of at most {@code most} sums each; none where there is nothing. */
        List<Changes> parts(int most) {
            var parts = new Parts(most);
            counters.forEach((counter, delta) -> parts.next().counters.put(counter, delta));
            directories.forEach((directory, delta) -> parts.next().directories.put(directory, delta));
            quotas.forEach((owner, delta) -> parts.next().quotas.put(owner, delta));
            return parts.all;
        }
    }

    private static final class Parts {
        private final int most;
        private final List<Changes> all = new ArrayList<>();
        private int inLast;

        Parts(int most) {
            this.most = most;
        }

        /** Where the next sum goes. */
        Changes next() {
            if (all.isEmpty() || inLast == most) {
                all.add(new Changes());
                inLast = 0;
            }
            inLast++;
            return all.getLast();
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
