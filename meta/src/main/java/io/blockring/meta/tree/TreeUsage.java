package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.MetaReads;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much trees hold, from the statistics of their directories: only directories are visited, and those without
 * directories in them are not listed. Or by a look at each inode, which finds where the statistics are wrong.
 */
final class TreeUsage {
    private static final Comparator<TreeJobs.TreeEntry> LARGEST_FIRST = Comparator.comparingLong(
                    (TreeJobs.TreeEntry entry) -> entry.sum().space())
            .reversed()
            .thenComparing(TreeJobs.TreeEntry::path);

    private final MetaReads reads;

    TreeUsage(MetaReads reads) {
        this.reads = reads;
    }

    /** The sum of a whole tree, with its top. */
    TreeSum sum(long inode, int threads, JobWatch watch) throws FileError {
        return of(inode, new TreeJobs.Question(0, 0, false, threads), watch).sum();
    }

    TreeJobs.TreeEntry of(long inode, TreeJobs.Question question, JobWatch watch) throws FileError {
        Attr attr = reads.attr(inode);
        if (attr == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + inode);
        }
        var top = new Tally("", 0);
        top.add(TreeSum.of(attr));
        if (attr.type() != FileType.DIRECTORY) {
            return top.entry(attr.type(), question);
        }
        new TreeWalk<>(reads, new Counting(question, watch), watch)
                .run(new TreeWalk.Folder<>(inode, null, top), question.threads());
        return top.entry(FileType.DIRECTORY, question);
    }

    /** The sum of a directory while it is found out, by several threads at once. */
    private static final class Tally {
        private final String path;
        private final int level;
        private TreeSum sum = TreeSum.NONE;
        private TreeSum others = TreeSum.NONE;
        private final List<TreeJobs.TreeEntry> below = new ArrayList<>();
        private boolean counted;

        Tally(String path, int level) {
            this.path = path;
            this.level = level;
        }

        String pathOf(Dentry entry) {
            return path.isEmpty() ? entry.name().toString() : path + "/" + entry.name();
        }

        synchronized void add(TreeSum more) {
            sum = sum.plus(more);
        }

        /** Tells an entry by itself, and keeps no more of them than are asked for, or twice that. */
        synchronized void tell(TreeJobs.TreeEntry entry, int top) {
            below.add(entry);
            if (below.size() > 2 * top) {
                keepLargest(top);
            }
        }

        private void keepLargest(int top) {
            below.sort(LARGEST_FIRST);
            while (below.size() > top) {
                others = others.plus(below.removeLast().sum());
            }
        }

        synchronized TreeJobs.TreeEntry entry(FileType type, TreeJobs.Question question) {
            keepLargest(question.top());
            return new TreeJobs.TreeEntry(path, type, sum, below, others);
        }
    }

    private final class Counting implements TreeWalk.Visitor<Tally> {
        private final TreeJobs.Question question;
        private final JobWatch watch;

        Counting(TreeJobs.Question question, JobWatch watch) {
            this.question = question;
            this.watch = watch;
        }

        @Override
        public boolean skips(TreeWalk.Folder<Tally> folder) throws FileError {
            Tally tally = folder.knows;
            if (question.strict() || tally.level < question.depth()) {
                return false;
            }
            DirectoryStats stats = reads.directoryStats(folder.inode);
            Attr attr = reads.attr(folder.inode);
            if (stats == null || attr == null) {
                return false;
            }
            tally.counted = true;
            // Every entry counts as a file here, and a directory as none when it is met.
            tally.add(new TreeSum(stats.inodes(), 0, stats.length(), stats.space()));
            watch.advanced(stats.inodes(), stats.space());
            return attr.nlink() <= 2;
        }

        @Override
        public List<TreeWalk.Folder<Tally>> entries(TreeWalk.Folder<Tally> folder, List<Dentry> entries)
                throws FileError {
            return folder.knows.counted ? countedEntries(folder, entries) : newEntries(folder, entries);
        }

        /** Statistics know all but which of the entries are directories. */
        private List<TreeWalk.Folder<Tally>> countedEntries(TreeWalk.Folder<Tally> folder, List<Dentry> entries) {
            var below = new ArrayList<TreeWalk.Folder<Tally>>();
            for (Dentry entry : entries) {
                if (entry.type() == FileType.DIRECTORY) {
                    folder.knows.add(new TreeSum(-1, 1, 0, 0));
                    below.add(folderOf(folder, entry));
                }
            }
            return below;
        }

        private List<TreeWalk.Folder<Tally>> newEntries(TreeWalk.Folder<Tally> folder, List<Dentry> entries)
                throws FileError {
            var below = new ArrayList<TreeWalk.Folder<Tally>>();
            List<@Nullable Attr> attrs =
                    reads.attrs(entries.stream().map(Dentry::inode).toList());
            for (int i = 0; i < entries.size(); i++) {
                Attr attr = attrs.get(i);
                if (attr == null) {
                    continue;
                }
                Dentry entry = entries.get(i);
                TreeSum sum = TreeSum.of(attr);
                folder.knows.add(sum);
                watch.advanced(1, sum.space());
                if (attr.type() == FileType.DIRECTORY) {
                    below.add(folderOf(folder, entry));
                } else if (folder.knows.level < question.depth()) {
                    folder.knows.tell(
                            new TreeJobs.TreeEntry(
                                    folder.knows.pathOf(entry), attr.type(), sum, List.of(), TreeSum.NONE),
                            question.top());
                }
            }
            return below;
        }

        private TreeWalk.Folder<Tally> folderOf(TreeWalk.Folder<Tally> folder, Dentry entry) {
            boolean told = folder.knows.level < question.depth();
            var tally = new Tally(told ? folder.knows.pathOf(entry) : "", folder.knows.level + 1);
            return new TreeWalk.Folder<>(entry.inode(), folder, tally);
        }

        @Override
        public boolean left(TreeWalk.Folder<Tally> folder) {
            if (folder.above == null) {
                return true;
            }
            Tally above = folder.above.knows;
            TreeSum found;
            synchronized (folder.knows) {
                found = folder.knows.sum;
            }
            above.add(found);
            if (above.level < question.depth()) {
                folder.knows.add(new TreeSum(0, 1, 0, Usage.spaceOf(0)));
                above.tell(folder.knows.entry(FileType.DIRECTORY, question), question.top());
            }
            return true;
        }
    }
}
