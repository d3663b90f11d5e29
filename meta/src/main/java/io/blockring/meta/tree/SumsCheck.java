package io.blockring.meta.tree;

import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.engine.Witness;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Compares what is counted with what a walk finds, and sets it right. While others write, what they do may show as a
 * difference that is none: whoever repairs does it when the tree rests.
 */
final class SumsCheck {
    private final MetaEngine engine;
    private final Transactions transactions;
    private final Quotas quotas;
    private final OwnerSums ownerSums;
    private final TreeSums sums;
    private final TreePaths paths;
    private final Accounts accounts;
    private final Supplier<Upkeep> upkeep;

    SumsCheck(
            MetaEngine engine,
            Transactions transactions,
            Quotas quotas,
            OwnerSums ownerSums,
            TreeSums sums,
            TreePaths paths,
            Accounts accounts,
            Supplier<Upkeep> upkeep) {
        this.engine = engine;
        this.transactions = transactions;
        this.quotas = quotas;
        this.ownerSums = ownerSums;
        this.sums = sums;
        this.paths = paths;
        this.accounts = accounts;
        this.upkeep = upkeep;
    }

    List<TreeJobs.WrongSum> check(@Nullable QuotaOwner only, boolean strict, boolean repair, JobWatch watch)
            throws FileError {
        engine.flushUsage();
        var wrong = new ArrayList<TreeJobs.WrongSum>();
        if (strict && (only == null || only instanceof QuotaOwner.Directory)) {
            long top = only instanceof QuotaOwner.Directory(long inode) ? inode : FileTree.ROOT;
            wrong.addAll(checkStatistics(top, repair, watch));
        }
        for (QuotaOwner.Directory directory : directories(only)) {
            compare(directory, quotas.below(directory.inode(), strict, watch), repair, wrong);
        }
        if (!(only instanceof QuotaOwner.Directory) && upkeep.get().userGroupQuota()) {
            checkOwners(only, repair, watch, wrong);
        }
        return wrong;
    }

    private List<QuotaOwner.Directory> directories(@Nullable QuotaOwner only) throws FileError {
        var found = new ArrayList<QuotaOwner.Directory>();
        if (only instanceof QuotaOwner.Directory directory) {
            quotas.get(directory);
            found.add(directory);
        } else if (only == null) {
            engine.scans().quotaOwners().forEach(owner -> {
                if (owner instanceof QuotaOwner.Directory directory) {
                    found.add(directory);
                }
            });
        }
        return found;
    }

    private void checkOwners(@Nullable QuotaOwner only, boolean repair, JobWatch watch, List<TreeJobs.WrongSum> wrong)
            throws FileError {
        Map<QuotaOwner, DirectoryStats> found = ownerSums.walk(watch);
        engine.scans().quotaOwners().forEach(owner -> {
            if (!(owner instanceof QuotaOwner.Directory)) {
                found.putIfAbsent(owner, DirectoryStats.NONE);
            }
        });
        for (Map.Entry<QuotaOwner, DirectoryStats> owner : found.entrySet()) {
            if (only == null || only.equals(owner.getKey())) {
                compare(owner.getKey(), owner.getValue(), repair, wrong);
            }
        }
    }

    private void compare(QuotaOwner owner, DirectoryStats found, boolean repair, List<TreeJobs.WrongSum> wrong)
            throws FileError {
        Quota counted = engine.reads().quota(owner);
        if (counted != null && counted.usedSpace() == found.space() && counted.usedInodes() == found.inodes()) {
            return;
        }
        if (counted == null && owner instanceof QuotaOwner.Directory) {
            return;
        }
        String path = owner instanceof QuotaOwner.Directory(long inode) ? paths.ofDirectory(inode) : "";
        DirectoryStats was = counted == null ? null : new DirectoryStats(0, counted.usedSpace(), counted.usedInodes());
        wrong.add(new TreeJobs.WrongSum(owner, path, was, new DirectoryStats(0, found.space(), found.inodes())));
        if (repair) {
            quotas.use(owner, found);
        }
    }

    /** What lies directly in each directory, against its record. */
    private List<TreeJobs.WrongSum> checkStatistics(long top, boolean repair, JobWatch watch) throws FileError {
        if (!upkeep.get().directoryStats()) {
            return List.of();
        }
        Queue<TreeJobs.WrongSum> wrong = new ConcurrentLinkedQueue<>();
        TreeWalk.Visitor<Boolean> visitor = new TreeWalk.Visitor<>() {
            @Override
            public List<TreeWalk.Folder<Boolean>> entries(TreeWalk.Folder<Boolean> folder, List<Dentry> entries) {
                watch.advanced(entries.size(), 0);
                return entries.stream()
                        .filter(entry -> entry.type() == FileType.DIRECTORY)
                        .map(entry -> new TreeWalk.Folder<>(entry.inode(), folder, true))
                        .toList();
            }

            @Override
            public boolean left(TreeWalk.Folder<Boolean> folder) throws FileError {
                DirectoryStats counted = engine.reads().directoryStats(folder.inode);
                DirectoryStats found = sums.in(folder.inode);
                if (!found.equals(counted) && engine.reads().attr(folder.inode) != null) {
                    wrong.add(new TreeJobs.WrongSum(
                            new QuotaOwner.Directory(folder.inode), paths.ofDirectory(folder.inode), counted, found));
                    if (repair) {
                        set(folder.inode, found);
                    }
                }
                return true;
            }
        };
        new TreeWalk<>(engine.reads(), visitor, watch).run(new TreeWalk.Folder<>(top, null, true), TreeWalk.THREADS);
        return List.copyOf(wrong);
    }

    private void set(long directory, DirectoryStats found) throws FileError {
        transactions.run(
                transaction -> {
                    Directories.require(transaction, directory);
                    transaction.witness(Witness.REPEAT);
                    accounts.count(transaction, directory, found);
                    return true;
                },
                directory);
    }
}
