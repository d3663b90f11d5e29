package io.blockring.meta.tree;

import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.engine.Witness;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/**
 * Brings back what was removed. An entry of the trash is called after the directory that it was in; it goes back there
 * when that directory is in the trash itself, so that removed trees are whole again, and with put-back wherever that
 * directory is. A name that is taken by now stays in the trash.
 */
final class TrashRestore {
    /** Directories that a restore remembers; of more, the files wait for a put-back. */
    private static final int MAX_DIRECTORIES = 1_000_000;

    private static final int AT_ONCE = 1000;

    /** The parts of a name in the trash: directory, inode, name. */
    private record Origin(long directory, Name name) {
        static Optional<Origin> of(Name kept) {
            byte[] bytes = kept.toBytes();
            int first = indexOf(bytes, 0);
            int second = first < 0 ? -1 : indexOf(bytes, first + 1);
            if (second < 0 || second + 1 == bytes.length) {
                return Optional.empty();
            }
            try {
                long directory = Long.parseLong(kept.toString().substring(0, first));
                Name name = Name.of(Arrays.copyOfRange(bytes, second + 1, bytes.length));
                return Optional.of(new Origin(directory, name));
            } catch (NumberFormatException | FileError _) {
                return Optional.empty();
            }
        }

        private static int indexOf(byte[] bytes, int from) {
            for (int i = from; i < bytes.length; i++) {
                if (bytes[i] == '-') {
                    return i;
                }
            }
            return -1;
        }
    }

    private final MetaReads reads;
    private final Transactions transactions;
    private final Renaming renaming;
    private final TreeSums sums;
    private final Accounts accounts;

    TrashRestore(MetaReads reads, Transactions transactions, Renaming renaming, TreeSums sums, Accounts accounts) {
        this.reads = reads;
        this.transactions = transactions;
        this.renaming = renaming;
        this.sums = sums;
        this.accounts = accounts;
    }

    /** Restores what is in some folders of the trash, each named by its hour. */
    TreeJobs.Restored restore(List<Name> hours, boolean putBack, int threads, JobWatch watch) throws FileError {
        var folders = new ArrayList<Long>();
        for (Name hour : hours) {
            Child folder = reads.child(Trash.ROOT, hour);
            if (folder == null) {
                throw new FileError(FileError.Kind.NOT_FOUND, "the trash has no folder " + hour);
            }
            folders.add(folder.inode());
        }
        var run = new Run(putBack, watch);
        for (long folder : folders) {
            run.know(folder);
        }
        for (boolean directories : new boolean[] {true, false}) {
            for (long folder : folders) {
                run.restore(folder, directories, threads);
            }
        }
        return run.done();
    }

    private final class Run {
        private final boolean putBack;
        private final JobWatch watch;
        private final Set<Long> directories = new HashSet<>();
        private final LongAdder restored = new LongAdder();
        private final LongAdder waiting = new LongAdder();
        private final LongAdder taken = new LongAdder();
        private final LongAdder failed = new LongAdder();

        Run(boolean putBack, JobWatch watch) {
            this.putBack = putBack;
            this.watch = watch;
        }

        TreeJobs.Restored done() {
            return new TreeJobs.Restored(restored.sum(), waiting.sum(), taken.sum(), failed.sum());
        }

        /** Remembers the directories of a folder, and counts again what they hold: nobody did while they were here. */
        void know(long folder) throws FileError {
            Name after = null;
            List<Dentry> some;
            do {
                watch.requireGoingOn();
                some = reads.children(folder, after, AT_ONCE);
                watch.expects(some.size(), 0);
                for (Dentry entry : some) {
                    after = entry.name();
                    if (entry.type() == FileType.DIRECTORY && directories.size() < MAX_DIRECTORIES) {
                        directories.add(entry.inode());
                        count(entry.inode());
                    }
                }
            } while (some.size() == AT_ONCE);
        }

        private void count(long directory) throws FileError {
            if (reads.directoryStats(directory) != null) {
                return;
            }
            DirectoryStats found = reads.hasChildren(directory) ? sums.in(directory) : DirectoryStats.NONE;
            transactions.run(
                    transaction -> {
                        transaction.witness(Witness.REPEAT);
                        accounts.count(transaction, directory, found);
                        return true;
                    },
                    directory);
        }

        /** Directories come first, so that what was in them finds them where they belong. */
        void restore(long folder, boolean directoriesOnly, int threads) throws FileError {
            Name after = null;
            List<Dentry> some;
            do {
                some = reads.children(folder, after, AT_ONCE);
                after = some.isEmpty() ? null : some.getLast().name();
                List<Dentry> these = new ArrayList<>(some.stream()
                        .filter(entry -> (entry.type() == FileType.DIRECTORY) == directoriesOnly)
                        .toList());
                // Neighbours were in one directory, where they would wait for each other.
                Collections.shuffle(these);
                ManyAtOnce.forEach(these, threads, watch, entry -> restore(folder, entry));
            } while (some.size() == AT_ONCE);
        }

        private void restore(long folder, Dentry entry) throws FileError {
            Origin origin = Origin.of(entry.name()).orElse(null);
            if (origin == null) {
                failed(entry, new FileError(FileError.Kind.INVALID, "its name does not say where it was"));
                return;
            }
            if (!putBack && !directories.contains(origin.directory())) {
                waiting.increment();
                watch.advanced(1, 0);
                return;
            }
            try {
                renaming.restore(folder, entry.name(), origin.directory(), origin.name());
                restored.increment();
                watch.advanced(1, 0);
                watch.entryChanged(folder, entry.name());
                watch.entryChanged(origin.directory(), origin.name());
                watch.inodeChanged(origin.directory());
            } catch (FileError e) {
                switch (e.kind()) {
                    case EXISTS -> {
                        taken.increment();
                        watch.failed(entry.name().toString(), e);
                    }
                    case IO, INTERRUPTED, READ_ONLY -> throw e;
                    default -> failed(entry, e);
                }
            }
        }

        private void failed(Dentry entry, FileError e) {
            failed.increment();
            watch.failed(entry.name().toString(), e);
        }
    }
}
