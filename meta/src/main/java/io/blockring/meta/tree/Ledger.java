package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.QuotaOwner;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one transaction changes of the sums, entered as it goes and posted once, before the commit. An inode counts once
 * in the volume and for its owner, for as long as it exists; each of its names counts in its directory and, outside of
 * the trash, in the quotas above.
 */
final class Ledger {
    /** Space and inodes that a quota counts. */
    private record Use(long space, long inodes) {
        Use plus(Use more) {
            return new Use(space + more.space, inodes + more.inodes);
        }
    }

    private final Upkeep upkeep;
    private final DirectoryQuotas directoryQuotas;
    private final Map<Long, DirectoryStats> directories = new LinkedHashMap<>();
    private final Map<QuotaOwner, Use> quotas = new LinkedHashMap<>();
    private long space;
    private long inodes;

    Ledger(Upkeep upkeep, DirectoryQuotas directoryQuotas) {
        this.upkeep = upkeep;
        this.directoryQuotas = directoryQuotas;
    }

    /** An inode was made. */
    Ledger made(Attr attr) {
        return exists(attr, spaceOf(attr), 1);
    }

    /** An inode is gone, with all of its names. */
    Ledger gone(Attr attr) {
        return exists(attr, -spaceOf(attr), -1);
    }

    private Ledger exists(Attr attr, long moreSpace, long moreInodes) {
        space += moreSpace;
        inodes += moreInodes;
        owned(attr.uid(), attr.gid(), moreSpace, moreInodes);
        return this;
    }

    private void owned(int uid, int gid, long moreSpace, long moreInodes) {
        if (upkeep.userGroupQuota()) {
            use(new QuotaOwner.User(uid), moreSpace, moreInodes);
            use(new QuotaOwner.Group(gid), moreSpace, moreInodes);
        }
    }

    /** An inode has a name in {@code directory} now. */
    Ledger named(long directory, Attr attr) throws FileError {
        return entry(directory, statsOf(attr));
    }

    /** An inode lost a name in {@code directory}. */
    Ledger unnamed(long directory, Attr attr) throws FileError {
        return entry(directory, statsOf(attr).times(-1));
    }

    /** A name went from one directory to another. */
    Ledger moved(long from, long to, Attr attr) throws FileError {
        return from == to ? this : unnamed(from, attr).named(to, attr);
    }

    /** A file has another length. */
    Ledger resized(MetaReads reads, long inode, Attr before, Attr after) throws FileError {
        DirectoryStats more = statsOf(after).plus(statsOf(before).times(-1));
        if (more.equals(DirectoryStats.NONE)) {
            return this;
        }
        exists(after, more.space(), 0);
        if (after.nlink() == 0) {
            return this;
        }
        if (after.parent() > 0) {
            return entry(after.parent(), more);
        }
        if (upkeep.directoryStats()) {
            for (Map.Entry<Long, Long> links : reads.parents(inode).entrySet()) {
                entry(links.getKey(), more.times(links.getValue()));
            }
        }
        return this;
    }

    /** An inode has another owner. */
    Ledger givenAway(Attr before, Attr after) {
        if (before.uid() != after.uid() || before.gid() != after.gid()) {
            owned(before.uid(), before.gid(), -spaceOf(before), -1);
            owned(after.uid(), after.gid(), spaceOf(after), 1);
        }
        return this;
    }

    /** Entries of a directory in a tree that nobody sees yet: no quota counts them. */
    Ledger unseen(long directory, DirectoryStats more) {
        if (upkeep.directoryStats()) {
            directories.merge(directory, more, DirectoryStats::plus);
        }
        return this;
    }

    /** A whole tree came below {@code directory}, or left it: only quotas count it. */
    Ledger tree(long directory, long moreSpace, long moreInodes) throws FileError {
        for (QuotaOwner.Directory owner : directoryQuotas.above(directory)) {
            use(owner, moreSpace, moreInodes);
        }
        return this;
    }

    private Ledger entry(long directory, DirectoryStats more) throws FileError {
        if (upkeep.directoryStats()) {
            directories.merge(directory, more, DirectoryStats::plus);
            tree(directory, more.space(), more.inodes());
        }
        return this;
    }

    private void use(QuotaOwner owner, long moreSpace, long moreInodes) {
        quotas.merge(owner, new Use(moreSpace, moreInodes), Use::plus);
    }

    /** Writes it all. */
    void post(MetaTransaction transaction) throws FileError {
        Usage.count(transaction, space, inodes);
        for (Map.Entry<Long, DirectoryStats> directory : directories.entrySet()) {
            if (!directory.getValue().equals(DirectoryStats.NONE)) {
                transaction.addDirectoryStats(directory.getKey(), directory.getValue());
            }
        }
        for (Map.Entry<QuotaOwner, Use> quota : quotas.entrySet()) {
            if (quota.getValue().space() != 0 || quota.getValue().inodes() != 0) {
                transaction.addQuotaUse(
                        quota.getKey(),
                        quota.getValue().space(),
                        quota.getValue().inodes());
            }
        }
    }

    private static long spaceOf(Attr attr) {
        return statsOf(attr).space();
    }

    /** What an entry counts as: a file by its length, all else as one unit of space. */
    static DirectoryStats statsOf(Attr attr) {
        return DirectoryStats.of(attr);
    }
}
