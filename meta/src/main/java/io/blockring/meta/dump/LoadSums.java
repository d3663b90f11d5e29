package io.blockring.meta.dump;

import io.blockring.meta.Attr;
import io.blockring.meta.FileTree;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.tree.Upkeep;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/** What a load counts on its way: use of the volume, of those with quotas, and the highest ids. */
final class LoadSums {
    private static final int TELL_EVERY = 1000;

    private final Upkeep upkeep;
    private final LongConsumer progress;
    private final Map<Counter, Long> counters;
    private final Map<QuotaOwner, Quota> quotas;
    private final Map<QuotaOwner, DirectoryStats> used = new HashMap<>();
    private long space;
    private long inodes;
    private long names;
    long leftOut;

    /**
     * Begins with what the head of a dump has.
     *
     * @param counters as they were when it was made; ids are given out behind them
     * @param quotas their limits
     */
    LoadSums(Upkeep upkeep, Map<Counter, Long> counters, Map<QuotaOwner, Quota> quotas, LongConsumer progress) {
        this.upkeep = upkeep;
        this.counters = new EnumMap<>(Counter.class);
        this.counters.putAll(counters);
        this.quotas = new LinkedHashMap<>(quotas);
        this.progress = progress;
    }

    Upkeep upkeep() {
        return upkeep;
    }

    void sawName() {
        names++;
        if (names % TELL_EVERY == 0) {
            progress.accept(names);
        }
    }

    void sawInode(long inode, Attr attr) {
        if (inode > FileTree.TRASH) {
            raise(Counter.NEXT_TRASH, inode - FileTree.TRASH);
        } else if (inode < FileTree.TRASH) {
            raise(Counter.NEXT_INODE, inode + 1);
        }
        if (inode == FileTree.ROOT || inode == FileTree.TRASH) {
            return;
        }
        DirectoryStats counted = DirectoryStats.of(attr);
        space += counted.space();
        inodes++;
        if (upkeep.userGroupQuota()) {
            used.merge(new QuotaOwner.User(attr.uid()), counted, DirectoryStats::plus);
            used.merge(new QuotaOwner.Group(attr.gid()), counted, DirectoryStats::plus);
        }
    }

    void sawAcl(int id) {
        raise(Counter.ACL_MAX_ID, id);
    }

    void sawSlice(long id) {
        raise(Counter.NEXT_SLICE, id + 1);
    }

    private void raise(Counter counter, long least) {
        counters.merge(counter, least, Math::max);
    }

    /** All below a directory was seen. */
    void closeDirectory(long inode, DirectoryStats below) {
        var owner = new QuotaOwner.Directory(inode);
        if (quotas.containsKey(owner)) {
            used.put(owner, below);
        }
    }

    long space() {
        return space;
    }

    long inodes() {
        return inodes;
    }

    long names() {
        return names;
    }

    /** What a counter of ids is to be at least. */
    long least(Counter counter) {
        return counters.getOrDefault(counter, 0L);
    }

    /** All quotas with what is used of them; users and groups that only use are without limits. */
    Map<QuotaOwner, Quota> quotas() {
        var all = new LinkedHashMap<>(quotas);
        used.keySet().forEach(owner -> all.putIfAbsent(owner, new Quota(Quota.UNLIMITED, Quota.UNLIMITED, 0, 0)));
        all.replaceAll((owner, quota) -> {
            DirectoryStats use = used.getOrDefault(owner, DirectoryStats.NONE);
            return new Quota(quota.maxSpace(), quota.maxInodes(), use.space(), use.inodes());
        });
        return all;
    }
}
