package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.QuotaOwner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What each user and each group of users has, by a walk over all inodes: those with names, in the trash too, those that
 * are only open, and those that are being cloned.
 */
final class OwnerSums {
    private final MetaEngine engine;

    OwnerSums(MetaEngine engine) {
        this.engine = engine;
    }

    Map<QuotaOwner, DirectoryStats> walk(JobWatch watch) throws FileError {
        var run = new Run(watch);
        run.below(FileTree.ROOT);
        run.below(Trash.ROOT);
        engine.scans().detachedTrees().forEach(tree -> {
            run.count(tree.inode());
            run.below(tree.inode());
        });
        engine.scans()
                .sessions()
                .forEach(session -> engine.scans().sustained(session.id()).forEach(run::count));
        return run.sums;
    }

    private final class Run implements TreeWalk.Visitor<Boolean> {
        private final JobWatch watch;
        private final Map<QuotaOwner, DirectoryStats> sums = new ConcurrentHashMap<>();
        /** Inodes that have, or had, several names, which were counted. */
        private final Set<Long> counted = ConcurrentHashMap.newKeySet();

        Run(JobWatch watch) {
            this.watch = watch;
        }

        void below(long directory) throws FileError {
            new TreeWalk<>(engine.reads(), this, watch)
                    .run(new TreeWalk.Folder<>(directory, null, true), TreeWalk.THREADS);
        }

        /** An inode without a name. */
        void count(long inode) throws FileError {
            Attr attr = engine.reads().attr(inode);
            if (attr != null && counted.add(inode)) {
                add(attr);
            }
        }

        @Override
        public List<TreeWalk.Folder<Boolean>> entries(TreeWalk.Folder<Boolean> folder, List<Dentry> entries)
                throws FileError {
            var below = new ArrayList<TreeWalk.Folder<Boolean>>();
            List<@Nullable Attr> attrs =
                    engine.reads().attrs(entries.stream().map(Dentry::inode).toList());
            for (int i = 0; i < entries.size(); i++) {
                Attr attr = attrs.get(i);
                long inode = entries.get(i).inode();
                if (attr == null || (attr.parent() == 0 && !counted.add(inode))) {
                    continue;
                }
                add(attr);
                if (attr.type() == FileType.DIRECTORY) {
                    below.add(new TreeWalk.Folder<>(inode, folder, true));
                }
            }
            return below;
        }

        private void add(Attr attr) {
            DirectoryStats stats = Ledger.statsOf(attr);
            sums.merge(new QuotaOwner.User(attr.uid()), stats, DirectoryStats::plus);
            sums.merge(new QuotaOwner.Group(attr.gid()), stats, DirectoryStats::plus);
            watch.advanced(1, stats.space());
        }
    }
}
