package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import java.util.List;
import java.util.function.Supplier;

/**
 * What the volume, its directories and its users hold, and how much they may. A rule asks here for room before it adds,
 * and enters what it did into a {@link Ledger} of its transaction.
 */
final class Accounts {
    private final MetaReads reads;
    private final Usage usage;
    private final DirectoryQuotas directoryQuotas;
    private final Supplier<Upkeep> upkeep;

    Accounts(MetaReads reads, Usage usage, DirectoryQuotas directoryQuotas, Supplier<Upkeep> upkeep) {
        this.reads = reads;
        this.usage = usage;
        this.directoryQuotas = directoryQuotas;
        this.upkeep = upkeep;
    }

    /** An empty ledger for one transaction. */
    Ledger ledger() {
        return new Ledger(upkeep.get(), directoryQuotas);
    }

    /**
     * Fails with NO_SPACE when the volume would hold more than it may, and with OVER_QUOTA when the owner or a directory
     * would; clients together may pass a limit a little.
     *
     * @param directories where more would lie; none when nothing more lies anywhere
     */
    void requireRoom(long space, long inodes, int uid, int gid, List<Long> directories) throws FileError {
        requireRoomOfAnyone(space, inodes, directories);
        if (upkeep.get().userGroupQuota()) {
            requireRoom(new QuotaOwner.User(uid), space, inodes);
            requireRoom(new QuotaOwner.Group(gid), space, inodes);
        }
    }

    /** The same, whoever is to own it. */
    void requireRoomOfAnyone(long space, long inodes, List<Long> directories) throws FileError {
        usage.requireRoom(space, inodes);
        for (long directory : directories) {
            requireRoomIn(directory, space, inodes);
        }
    }

    private void requireRoomIn(long directory, long space, long inodes) throws FileError {
        for (QuotaOwner.Directory owner : directoryQuotas.above(directory)) {
            requireRoom(owner, space, inodes);
        }
    }

    private void requireRoom(QuotaOwner owner, long space, long inodes) throws FileError {
        Quota quota = reads.quota(owner);
        if (quota != null && quota.isPassedBy(space, inodes)) {
            throw new FileError(FileError.Kind.OVER_QUOTA, "the quota of %s is used up".formatted(owner));
        }
    }

    /** The same for a file that is to have {@code length} bytes. */
    void requireRoomToGrow(MetaReads now, long inode, Attr attr, long length) throws FileError {
        long space = Usage.spaceOf(length) - Usage.spaceOf(attr.length());
        if (space > 0) {
            boolean counted = upkeep.get().directoryStats() && attr.nlink() > 0;
            List<Long> directories = counted ? directoriesOf(now, inode, attr) : List.of();
            requireRoom(space, 0, attr.uid(), attr.gid(), directories);
        }
    }

    /** The same for one more name of an inode: quotas of directories count it again. */
    void requireRoomBelow(long directory, Attr attr) throws FileError {
        requireRoomForTree(directory, attr, DirectoryStats.NONE);
    }

    /** Whether other quotas hold in one directory than in another. */
    boolean crossesQuota(long from, long to) throws FileError {
        return !directoryQuotas.above(from).equals(directoryQuotas.above(to));
    }

    /** Fails with OVER_QUOTA when a tree, with all {@code below} its top, has no room in {@code directory}. */
    void requireRoomForTree(long directory, Attr top, DirectoryStats below) throws FileError {
        DirectoryStats all = below.plus(Ledger.statsOf(top));
        requireRoomIn(directory, all.space(), all.inodes());
    }

    /** Enters a new inode with its first name. */
    void madeIn(MetaTransaction transaction, long directory, long inode, Attr attr) throws FileError {
        ledger().made(attr).named(directory, attr).post(transaction);
        if (attr.type() == FileType.DIRECTORY) {
            countFromNothing(transaction, inode);
        }
    }

    /** A new directory is counted from its first entry on. */
    void countFromNothing(MetaTransaction transaction, long directory) throws FileError {
        count(transaction, directory, DirectoryStats.NONE);
    }

    /** Sets what a directory holds. */
    void count(MetaTransaction transaction, long directory, DirectoryStats stats) throws FileError {
        if (upkeep.get().directoryStats()) {
            transaction.putDirectoryStats(directory, stats);
        }
    }

    /** A directory is gone, or in the trash: it is counted no more, and has no quota. */
    void uncount(MetaTransaction transaction, long directory) throws FileError {
        if (upkeep.get().directoryStats()) {
            transaction.deleteDirectoryStats(directory);
            transaction.deleteQuota(new QuotaOwner.Directory(directory));
        }
    }

    /** Where the names of an inode are: one directory, or several when it is hard-linked. */
    private static List<Long> directoriesOf(MetaReads reads, long inode, Attr attr) throws FileError {
        return attr.parent() > 0
                ? List.of(attr.parent())
                : List.copyOf(reads.parents(inode).keySet());
    }
}
