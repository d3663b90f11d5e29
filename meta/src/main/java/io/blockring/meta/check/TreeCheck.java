package io.blockring.meta.check;

import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.InodeRecord;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.ids.IdSet;
import io.blockring.meta.ids.IdTable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether directories, entries and attributes fit together, and the sums to them. Each directory that has attributes is
 * listed, wherever it is; what lost attributes is followed by its entry. What seems wrong is looked at once more, as a
 * change may have been under way.
 *
 * <p>Memory: four bytes for each inode ({@link IdTable#MAX_BYTES} at most, beyond which the check fails) and a page of
 * entries.
 */
public final class TreeCheck {
    private static final int ENTRIES_AT_ONCE = 1000;

    /** What a check found; {@code broken} counts what is not as it should be still. */
    public record Result(long inodes, long broken, long repaired) {}

    private final MetaEngine engine;
    private final MetaReads reads;
    private final @Nullable TreeRepairs repairs;
    private final boolean countsDirectories;
    private final Findings findings;
    private final IdTable names = new IdTable();
    private final Deque<Long> lostDirectories = new ArrayDeque<>();
    private DirectoryStats total = DirectoryStats.NONE;
    private long inodes;
    private long broken;
    private long repaired;

    private TreeCheck(MetaEngine engine, boolean countsDirectories, boolean repair, Findings findings) {
        this.engine = engine;
        this.reads = engine.reads();
        this.repairs = repair ? new TreeRepairs(engine) : null;
        this.countsDirectories = countsDirectories;
        this.findings = findings;
    }

    /**
     * Checks the whole volume.
     *
     * @param countsDirectories whether the volume keeps statistics of directories
     * @param repair whether links and statistics of directories, their lost attributes and the sums of the volume are put right
     */
    public static Result all(MetaEngine engine, boolean countsDirectories, boolean repair, Findings findings)
            throws FileError {
        var check = new TreeCheck(engine, countsDirectories, repair, findings);
        try (check.names) {
            engine.flushUsage();
            check.checkDirectories();
            check.checkNames();
            check.checkSums();
        }
        return new Result(check.inodes, check.broken, check.repaired);
    }

    private void checkDirectories() throws FileError {
        var walk = engine.scans().inodes();
        for (List<InodeRecord> some = walk.next(); !some.isEmpty(); some = walk.next()) {
            for (InodeRecord record : some) {
                if (record.attr().type() == FileType.DIRECTORY) {
                    checkDirectory(record.inode(), record.attr());
                }
            }
        }
        while (!lostDirectories.isEmpty()) {
            long directory = lostDirectories.removeLast();
            list(directory);
        }
    }

    private void checkDirectory(long inode, Attr attr) throws FileError {
        DirectoryEntries found = list(inode);
        if (attr.nlink() != found.links(inode)) {
            checkLinksAgain(inode);
        }
        if (countsDirectories && inode != FileTree.TRASH) {
            checkStats(inode, found.stats());
        }
    }

    /** What lies in a directory, whose entries are counted as names. */
    private DirectoryEntries list(long directory) throws FileError {
        var found = new DirectoryEntries();
        @Nullable Name after = null;
        List<Dentry> some;
        do {
            some = reads.children(directory, after, ENTRIES_AT_ONCE);
            List<@Nullable Attr> attrs =
                    reads.attrs(some.stream().map(Dentry::inode).toList());
            for (int i = 0; i < some.size(); i++) {
                Dentry entry = some.get(i);
                after = entry.name();
                names.add(entry.inode(), 1);
                Attr attr = attrs.get(i);
                found.add(entry, attr);
                if (attr == null) {
                    checkLost(directory, entry);
                } else {
                    checkEntry(directory, entry, attr);
                }
            }
            inodes += some.size();
            findings.progress("entries", inodes);
        } while (some.size() == ENTRIES_AT_ONCE);
        return found;
    }

    private void checkLost(long directory, Dentry entry) throws FileError {
        var now = reads.child(directory, entry.name());
        if (now == null || now.inode() != entry.inode() || reads.attr(entry.inode()) != null) {
            return;
        }
        boolean isDirectory = entry.type() == FileType.DIRECTORY;
        if (isDirectory) {
            lostDirectories.add(entry.inode());
        }
        boolean made = isDirectory && repairs != null && repairs.makeDirectory(entry.inode(), directory);
        tell(
                "LOST_ATTRIBUTES",
                directory,
                "entry '%s' names inode %d, which has no attributes".formatted(entry.name(), entry.inode()),
                made);
    }

    private void checkEntry(long directory, Dentry entry, Attr attr) throws FileError {
        if (attr.type() != entry.type()) {
            tell(
                    "WRONG_TYPE",
                    directory,
                    "entry '%s' says that inode %d is a %s, and it is a %s"
                            .formatted(entry.name(), entry.inode(), entry.type(), attr.type()),
                    false);
        }
        if (attr.type() != FileType.DIRECTORY || attr.parent() == directory) {
            return;
        }
        var now = reads.child(directory, entry.name());
        Attr again = reads.attr(entry.inode());
        if (now != null && now.inode() == entry.inode() && again != null && again.parent() != directory) {
            tell(
                    "WRONG_PARENT",
                    entry.inode(),
                    "directory %d lies in %d and says that it lies in %d"
                            .formatted(entry.inode(), directory, again.parent()),
                    repairs != null && repairs.setParent(entry.inode(), directory));
        }
    }

    private void checkLinksAgain(long inode) throws FileError {
        DirectoryEntries found = TreeRepairs.list(reads, inode);
        Attr now = reads.attr(inode);
        if (now != null && now.nlink() != found.links(inode)) {
            tell(
                    "WRONG_LINKS",
                    inode,
                    "directory %d has %d links and says %d".formatted(inode, found.links(inode), now.nlink()),
                    repairs != null && repairs.setLinks(inode));
        }
    }

    private void checkStats(long inode, DirectoryStats found) throws FileError {
        if (found.equals(reads.directoryStats(inode))) {
            return;
        }
        engine.flushUsage();
        DirectoryStats again = TreeRepairs.list(reads, inode).stats();
        DirectoryStats counted = reads.directoryStats(inode);
        Attr attr = reads.attr(inode);
        // What is removed is counted no more.
        boolean isRemoved = counted == null && attr != null && attr.parent() >= FileTree.TRASH;
        if (!again.equals(counted) && attr != null && !isRemoved) {
            tell(
                    "WRONG_STATISTICS",
                    inode,
                    "directory %d holds %s and counts %s".formatted(inode, shown(again), shown(counted)),
                    repairs != null && repairs.setStats(inode));
        }
    }

    private static String shown(@Nullable DirectoryStats stats) {
        return stats == null
                ? "nothing"
                : "%d bytes of data, %d of space, %d entries".formatted(stats.length(), stats.space(), stats.inodes());
    }

    /** Each inode has as many names as it says. */
    private void checkNames() throws FileError {
        total = sumOf((inode, attr) -> {
            int due = attr.type() == FileType.DIRECTORY ? 1 : attr.nlink();
            if (names.get(inode) != due) {
                checkNamesAgain(inode);
            }
        });
    }

    @FunctionalInterface
    private interface InodeVisitor {
        void visit(long inode, Attr attr) throws FileError;
    }

    /** What all inodes count as, each shown once: a walk may show some again. */
    private DirectoryStats sumOf(InodeVisitor visitor) throws FileError {
        DirectoryStats sum = DirectoryStats.NONE;
        try (var seen = new IdSet()) {
            var walk = engine.scans().inodes();
            for (List<InodeRecord> some = walk.next(); !some.isEmpty(); some = walk.next()) {
                for (InodeRecord record : some) {
                    long inode = record.inode();
                    if (inode != FileTree.ROOT && inode != FileTree.TRASH && seen.add(inode)) {
                        sum = sum.plus(DirectoryStats.of(record.attr()));
                        visitor.visit(inode, record.attr());
                    }
                }
            }
        }
        return sum;
    }

    private void checkNamesAgain(long inode) throws FileError {
        Attr now = reads.attr(inode);
        if (now == null) {
            return;
        }
        var directories = new ArrayList<Long>(reads.parents(inode).keySet());
        if (now.parent() != 0) {
            directories.add(now.parent());
        }
        long found = 0;
        for (long directory : directories.stream().distinct().toList()) {
            found += TreeRepairs.namesOf(reads, directory, inode);
        }
        Attr again = reads.attr(inode);
        int due = now.type() == FileType.DIRECTORY ? 1 : now.nlink();
        if (now.equals(again) && found != due) {
            boolean lost = found == 0;
            if (lost && isBeingBuilt(inode)) {
                return;
            }
            tell(
                    lost ? "NO_NAME" : "WRONG_LINKS",
                    inode,
                    lost
                            ? "inode %d has attributes and no entry leads to it".formatted(inode)
                            : "inode %d has %d names and says %d".formatted(inode, found, due),
                    false);
        }
    }

    /** The top of a clone that is not whole yet, or never became so: it has no name, and gc deletes it in time. */
    private boolean isBeingBuilt(long inode) throws FileError {
        var found = new boolean[1];
        engine.scans().detachedTrees().forEach(tree -> found[0] |= tree.inode() == inode);
        return found[0];
    }

    /** Compared only where nothing changed them while the volume was walked. */
    private void checkSums() throws FileError {
        engine.flushUsage();
        long space = reads.counter(Counter.USED_SPACE);
        long count = reads.counter(Counter.TOTAL_INODES);
        if (space == total.space() && count == total.inodes()) {
            return;
        }
        if (!isQuiet()) {
            findings.progress("entries", inodes);
            return;
        }
        tell(
                "WRONG_USAGE",
                0,
                "the volume holds %d bytes and %d inodes, and counts %d and %d"
                        .formatted(total.space(), total.inodes(), space, count),
                repairs != null && repairs.addUsage(total.space() - space, total.inodes() - count));
    }

    /** Whether a second count of all inodes finds what the first did. */
    private boolean isQuiet() throws FileError {
        long space = reads.counter(Counter.USED_SPACE);
        DirectoryStats again = sumOf((_, _) -> {});
        engine.flushUsage();
        return again.equals(total) && space == reads.counter(Counter.USED_SPACE);
    }

    private void tell(String code, long inode, String text, boolean isRepaired) throws FileError {
        if (isRepaired) {
            repaired++;
        } else {
            broken++;
        }
        findings.found(code, inode, text, isRepaired);
    }
}
