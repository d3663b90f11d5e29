package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.engine.Witness;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sets and tells quotas. The first quota of a volume makes all clients count: its settings say so, and ask for clients
 * that can. What was used before is counted by a walk, once other clients of this process count too.
 */
final class Quotas {
    /** What is to be done when the settings have changed. */
    @FunctionalInterface
    interface Reload {
        void run() throws FileError;
    }

    private final MetaEngine engine;
    private final Transactions transactions;
    private final TreeUsage usage;
    private final OwnerSums ownerSums;
    private final TreePaths paths;
    private final Supplier<Upkeep> upkeep;
    private final Reload reload;

    Quotas(
            MetaEngine engine,
            Transactions transactions,
            TreeUsage usage,
            OwnerSums ownerSums,
            TreePaths paths,
            Supplier<Upkeep> upkeep,
            Reload reload) {
        this.engine = engine;
        this.transactions = transactions;
        this.usage = usage;
        this.ownerSums = ownerSums;
        this.paths = paths;
        this.upkeep = upkeep;
        this.reload = reload;
    }

    TreeJobs.OwnedQuota set(
            QuotaOwner owner, @Nullable Long maxSpace, @Nullable Long maxInodes, boolean strict, JobWatch watch)
            throws FileError {
        requirePossible(owner, maxSpace, maxInodes);
        boolean counting = isCounted(owner);
        if (!counting) {
            startCounting(owner);
        }
        boolean made = limit(owner, maxSpace, maxInodes);
        reload.run();
        if (owner instanceof QuotaOwner.Directory(long inode)) {
            if (made) {
                use(owner, below(inode, strict, watch));
            }
        } else if (!counting) {
            useOfAll(ownerSums.walk(watch));
        }
        return get(owner);
    }

    private void requirePossible(QuotaOwner owner, @Nullable Long maxSpace, @Nullable Long maxInodes) throws FileError {
        if ((maxSpace != null && maxSpace < 0) || (maxInodes != null && maxInodes < 0)) {
            throw new FileError(FileError.Kind.INVALID, "a limit is 0 for none, or above");
        }
        if (owner instanceof QuotaOwner.Directory(long inode)) {
            if (Trash.isTrash(inode)) {
                throw new FileError(FileError.Kind.NOT_PERMITTED, "the trash has no quota");
            }
            Attr attr = Directories.require(engine.reads(), inode);
            if (inode != FileTree.ROOT && Trash.isTrash(attr.parent())) {
                throw new FileError(FileError.Kind.NOT_PERMITTED, "a directory in the trash has no quota");
            }
        }
    }

    private boolean isCounted(QuotaOwner owner) {
        Upkeep now = upkeep.get();
        return switch (owner) {
            case QuotaOwner.Directory _ -> now.directoryStats();
            case QuotaOwner.User _, QuotaOwner.Group _ -> now.userGroupQuota();
        };
    }

    private void startCounting(QuotaOwner owner) throws FileError {
        transactions.run(transaction -> {
            byte[] json = transaction.setting();
            if (json == null) {
                throw new FileError(FileError.Kind.NOT_FOUND, "there is no volume in these metadata");
            }
            Upkeep more = owner instanceof QuotaOwner.Directory ? new Upkeep(true, false) : new Upkeep(false, true);
            byte[] after = VolumeSetting.recorded(json).with(more).toJson();
            transaction.witness(Witness.REPEAT);
            transaction.putSetting(after);
            return true;
        });
        reload.run();
    }

    /** Writes the limits; whether there was no record before. */
    private boolean limit(QuotaOwner owner, @Nullable Long maxSpace, @Nullable Long maxInodes) throws FileError {
        engine.flushUsage();
        return transactions.run(transaction -> {
            Quota now = transaction.quota(owner);
            Quota before = now != null ? now : new Quota(Quota.UNLIMITED, Quota.UNLIMITED, 0, 0);
            transaction.witness(Witness.REPEAT);
            transaction.putQuota(
                    owner,
                    new Quota(
                            Objects.requireNonNullElse(maxSpace, before.maxSpace()),
                            Objects.requireNonNullElse(maxInodes, before.maxInodes()),
                            before.usedSpace(),
                            before.usedInodes()));
            return now == null;
        });
    }

    /** What is below a directory, without itself. */
    DirectoryStats below(long directory, boolean strict, JobWatch watch) throws FileError {
        var question = new TreeJobs.Question(0, 0, strict, TreeWalk.THREADS);
        TreeSum all = usage.of(directory, question, watch).sum();
        return new DirectoryStats(all.length(), all.space() - Usage.spaceOf(0), all.inodes() - 1);
    }

    private void useOfAll(Map<QuotaOwner, DirectoryStats> found) throws FileError {
        for (Map.Entry<QuotaOwner, DirectoryStats> owner : found.entrySet()) {
            use(owner.getKey(), owner.getValue());
        }
    }

    /** Writes what is used. What was counted meanwhile is flushed first: it is in what was found. */
    void use(QuotaOwner owner, DirectoryStats used) throws FileError {
        engine.flushUsage();
        transactions.run(transaction -> {
            Quota now = transaction.quota(owner);
            transaction.witness(Witness.REPEAT);
            if (now == null && owner instanceof QuotaOwner.Directory) {
                return false;
            }
            Quota before = now != null ? now : new Quota(Quota.UNLIMITED, Quota.UNLIMITED, 0, 0);
            transaction.putQuota(owner, new Quota(before.maxSpace(), before.maxInodes(), used.space(), used.inodes()));
            return true;
        });
    }

    TreeJobs.OwnedQuota get(QuotaOwner owner) throws FileError {
        Quota quota = engine.reads().quota(owner);
        if (quota == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "there is no such quota");
        }
        return owned(owner, quota);
    }

    private TreeJobs.OwnedQuota owned(QuotaOwner owner, Quota quota) throws FileError {
        String path = owner instanceof QuotaOwner.Directory(long inode) ? paths.ofDirectory(inode) : "";
        return new TreeJobs.OwnedQuota(owner, path, quota);
    }

    List<TreeJobs.OwnedQuota> list() throws FileError {
        var all = new ArrayList<TreeJobs.OwnedQuota>();
        engine.scans().quotaOwners().forEach(owner -> {
            Quota quota = engine.reads().quota(owner);
            if (quota != null && isLimited(owner, quota)) {
                all.add(owned(owner, quota));
            }
        });
        all.sort(Comparator.comparingInt((TreeJobs.OwnedQuota one) -> kindOf(one.owner()))
                .thenComparing(TreeJobs.OwnedQuota::path)
                .thenComparingLong(one -> numberOf(one.owner())));
        return all;
    }

    /** Users and groups are counted whether they have limits or not; a directory was given a quota by somebody. */
    private static boolean isLimited(QuotaOwner owner, Quota quota) {
        return owner instanceof QuotaOwner.Directory || quota.maxSpace() >= 0 || quota.maxInodes() >= 0;
    }

    private static int kindOf(QuotaOwner owner) {
        return switch (owner) {
            case QuotaOwner.Directory _ -> 0;
            case QuotaOwner.User _ -> 1;
            case QuotaOwner.Group _ -> 2;
        };
    }

    private static long numberOf(QuotaOwner owner) {
        return switch (owner) {
            case QuotaOwner.Directory(long inode) -> inode;
            case QuotaOwner.User(int uid) -> Integer.toUnsignedLong(uid);
            case QuotaOwner.Group(int gid) -> Integer.toUnsignedLong(gid);
        };
    }

    /** Users and groups are counted on. */
    void remove(QuotaOwner owner) throws FileError {
        transactions.run(transaction -> {
            Quota now = transaction.quota(owner);
            if (now == null) {
                throw new FileError(FileError.Kind.NOT_FOUND, "there is no such quota");
            }
            transaction.witness(Witness.REPEAT);
            if (owner instanceof QuotaOwner.Directory) {
                transaction.deleteQuota(owner);
            } else {
                transaction.putQuota(
                        owner, new Quota(Quota.UNLIMITED, Quota.UNLIMITED, now.usedSpace(), now.usedInodes()));
            }
            return true;
        });
        reload.run();
    }
}
