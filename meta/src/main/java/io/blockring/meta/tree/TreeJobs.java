package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.Quota;
import io.blockring.meta.engine.QuotaOwner;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Work on whole trees of a volume that is mounted here: what no system call does. Each job is followed by a {@link
 * JobWatch}, which may end it, and takes as many threads as it is told, up to 64.
 */
public final class TreeJobs {
    /** Threads of a job that is not told how many. */
    public static final int THREADS = TreeWalk.THREADS;

    /**
     * What a clone made.
     *
     * @param inode of the copy
     * @param entries with the copy itself
     * @param bytes that the volume counts for them
     */
    public record Cloned(long inode, long entries, long bytes) {}

    /**
     * What a removal did.
     *
     * @param removed names
     * @param failed names that are still there, each told to the watch
     */
    public record Removed(long removed, long failed) {}

    /**
     * What a restore did with the entries of the trash.
     *
     * @param waiting entries whose directory is not in the trash; they need a put-back
     * @param taken entries whose name is taken
     */
    public record Restored(long restored, long waiting, long taken, long failed) {}

    /** What a compaction did; slices are those of all chunks that were looked at. */
    public record Compacted(long files, long chunks, long slicesBefore, long slicesAfter, long failed) {}

    /**
     * What is told of a tree.
     *
     * @param depth levels below the top whose entries are told one by one
     * @param top the largest entries that are told of each directory; the others are told as one
     * @param strict whether each inode is looked at
     */
    public record Question(int depth, int top, boolean strict, int threads) {}

    /**
     * A part of a tree.
     *
     * @param path below the top, which is the empty path
     * @param others the sum of entries that {@code below} does not tell
     */
    public record TreeEntry(String path, FileType type, TreeSum sum, List<TreeEntry> below, TreeSum others) {
        public TreeEntry {
            below = List.copyOf(below);
        }
    }

    /**
     * What is known of an inode.
     *
     * @param parents links by directory, for what has several
     * @param paths all of its names that were found, from the root
     */
    public record InodeInfo(long inode, Attr attr, Map<Long, Long> parents, List<String> paths) {
        public InodeInfo {
            parents = Map.copyOf(parents);
            paths = List.copyOf(paths);
        }
    }

    /** The limits and the use of an owner; {@code path} is that of a directory, and empty where it has none. */
    public record OwnedQuota(QuotaOwner owner, String path, Quota quota) {}

    /** A sum that is not what a walk finds; {@code counted} is null where there is none. */
    public record WrongSum(
            QuotaOwner owner, String path, @Nullable DirectoryStats counted, DirectoryStats found) {}

    private final TreeClone clone;
    private final DetachedTrees detached;
    private final TreeRemoval removal;
    private final TrashRestore restore;
    private final TreeCompaction compaction;
    private final TreeUsage usage;
    private final TreePaths paths;
    private final Quotas quotas;
    private final SumsCheck check;
    private final FileTree tree;
    private final Gate gate;

    /** What all writing asks first. */
    @FunctionalInterface
    interface Gate {
        void requireWritable() throws FileError;
    }

    TreeJobs(
            TreeClone clone,
            DetachedTrees detached,
            TreeRemoval removal,
            TrashRestore restore,
            TreeCompaction compaction,
            TreeUsage usage,
            TreePaths paths,
            Quotas quotas,
            SumsCheck check,
            FileTree tree,
            Gate gate) {
        this.clone = clone;
        this.detached = detached;
        this.removal = removal;
        this.restore = restore;
        this.compaction = compaction;
        this.usage = usage;
        this.paths = paths;
        this.quotas = quotas;
        this.check = check;
        this.tree = tree;
        this.gate = gate;
    }

    /**
     * Copies a tree or a file, whose data are not read: both refer to the same slices. The copy is there as a whole, or
     * not at all.
     *
     * @throws FileError EXISTS, NO_SPACE, OVER_QUOTA and what else a creation answers
     */
    public Cloned clone(Caller caller, long source, long parent, Name name, CloneOptions options, JobWatch watch)
            throws FileError {
        gate.requireWritable();
        return clone.clone(caller, source, parent, name, options, watch);
    }

    /** Deletes what clones left that ended more than 24 h ago without success; returns how many trees. */
    public int deleteAbandonedClones(JobWatch watch) throws FileError {
        gate.requireWritable();
        return detached.deleteAbandoned(watch);
    }

    /** How many trees {@link #deleteAbandonedClones} would delete. */
    public int abandonedClones() throws FileError {
        return detached.abandoned();
    }

    /** Removes a name and all below it; single entries that cannot be removed are told to the watch and left. */
    public Removed remove(Caller caller, long parent, Name name, boolean skipTrash, int threads, JobWatch watch)
            throws FileError {
        gate.requireWritable();
        return removal.remove(caller, parent, name, skipTrash, threads, watch);
    }

    /**
     * Restores from folders of the trash, named by their hours as {@code 2026-11-22-16}.
     *
     * @param putBack to where it was; else only into removed directories that are in these folders
     */
    public Restored restore(List<Name> hours, boolean putBack, int threads, JobWatch watch) throws FileError {
        gate.requireWritable();
        return restore.restore(hours, putBack, threads, watch);
    }

    /** Compacts all chunks of a file, or of all files below a directory. */
    public Compacted compact(long inode, int threads, JobWatch watch) throws FileError {
        gate.requireWritable();
        return compaction.compact(inode, threads, watch);
    }

    public TreeEntry usage(long inode, Question question, JobWatch watch) throws FileError {
        return usage.of(inode, question, watch);
    }

    public InodeInfo info(long inode) throws FileError {
        return paths.info(inode);
    }

    /** Chunks of a file from {@code from} on that have records, oldest first; some at a time, none at the end. */
    public Map<Integer, List<SliceRecord>> chunks(long inode, int from) throws FileError {
        return paths.chunks(inode, from);
    }

    /** The inode of a path from the root of the volume; {@code .trash} is known there. */
    public long find(List<Name> path) throws FileError {
        long at = FileTree.ROOT;
        for (Name name : path) {
            at = tree.lookup(at, name).inode();
        }
        return at;
    }

    /**
     * Sets limits; null leaves one as it is, and 0 is no limit. What is used by then is counted first, which takes a walk
     * where nobody counted it before.
     */
    public OwnedQuota setQuota(
            QuotaOwner owner, @Nullable Long maxSpace, @Nullable Long maxInodes, boolean strict, JobWatch watch)
            throws FileError {
        gate.requireWritable();
        return quotas.set(owner, maxSpace, maxInodes, strict, watch);
    }

    /** The quota of an owner; NOT_FOUND when it has none. */
    public OwnedQuota quota(QuotaOwner owner) throws FileError {
        return quotas.get(owner);
    }

    /** All that limits anything. */
    public List<OwnedQuota> quotas() throws FileError {
        return quotas.list();
    }

    public void removeQuota(QuotaOwner owner) throws FileError {
        gate.requireWritable();
        quotas.remove(owner);
    }

    /**
     * Compares what is counted with a walk.
     *
     * @param owner whose use; null for every owner that has a quota
     * @param strict whether the statistics of directories are checked too, by a look at each inode below
     * @param repair whether what is wrong is set right
     */
    public List<WrongSum> checkQuotas(@Nullable QuotaOwner owner, boolean strict, boolean repair, JobWatch watch)
            throws FileError {
        if (repair) {
            gate.requireWritable();
        }
        return check.check(owner, strict, repair, watch);
    }
}
