package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.MetaReads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Removes whole trees, one name at a time and many at once. A directory that was moved elsewhere meanwhile is left, with
 * what is below it, when that is seen: before each page of entries. What cannot be removed is told and left, with the
 * directories above it.
 */
final class TreeRemoval {
    /** How often a directory is gone through in which others make new entries. */
    private static final int MAX_ROUNDS = 10;

    private static final class Going {
        final @Nullable Name name;
        volatile boolean stays;
        int rounds;

        Going(@Nullable Name name) {
            this.name = name;
        }
    }

    private final MetaReads reads;
    private final Removal removal;
    private final Trash trash;

    TreeRemoval(MetaReads reads, Removal removal, Trash trash) {
        this.reads = reads;
        this.removal = removal;
        this.trash = trash;
    }

    /** Removes a name and all below it. */
    TreeJobs.Removed remove(Caller caller, long parent, Name name, boolean skipTrash, int threads, JobWatch watch)
            throws FileError {
        if ((parent == FileTree.ROOT && Trash.isRootName(name)) || (parent == Trash.ROOT && !caller.isRoot())) {
            throw new FileError(FileError.Kind.NOT_PERMITTED, Trash.ROOT_NAME + " is not removed");
        }
        Child child = reads.child(parent, name);
        if (child == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "no such entry");
        }
        var run = new Run(caller, parent, skipTrash, watch);
        if (child.isDirectory()) {
            run.walk(new TreeWalk.Folder<>(child.inode(), null, new Going(name)), threads);
        } else {
            run.unlink(parent, name);
        }
        return new TreeJobs.Removed(run.removed.sum(), run.failed.sum());
    }

    /** Removes for good all that is in a directory; fails with NOT_EMPTY when something of it cannot be. */
    void empty(long directory, JobWatch watch) throws FileError {
        var run = new Run(Caller.ROOT, 0, true, watch);
        run.walk(new TreeWalk.Folder<>(directory, null, new Going(null)), TreeWalk.THREADS);
        if (run.failed.sum() > 0) {
            throw new FileError(
                    FileError.Kind.NOT_EMPTY, "%d entries could not be removed".formatted(run.failed.sum()));
        }
    }

    private final class Run implements TreeWalk.Visitor<Going> {
        private final Caller caller;
        private final long parent;
        private final boolean skipTrash;
        private final JobWatch watch;
        private final LongAdder removed = new LongAdder();
        private final LongAdder failed = new LongAdder();

        /** @param parent of the top, which goes too where it has a name */
        Run(Caller caller, long parent, boolean skipTrash, JobWatch watch) {
            this.caller = caller;
            this.parent = parent;
            this.skipTrash = skipTrash;
            this.watch = watch;
        }

        void walk(TreeWalk.Folder<Going> top, int threads) throws FileError {
            new TreeWalk<>(reads, this, watch).run(top, threads);
        }

        @Override
        public List<TreeWalk.Folder<Going>> entries(TreeWalk.Folder<Going> folder, List<Dentry> entries)
                throws FileError {
            if (!isWhereItWas(folder)) {
                stays(folder, new FileError(FileError.Kind.BUSY, "it was moved elsewhere meanwhile"));
                return List.of();
            }
            var below = new ArrayList<TreeWalk.Folder<Going>>();
            for (Dentry entry : entries) {
                if (entry.type() == FileType.DIRECTORY) {
                    below.add(new TreeWalk.Folder<>(entry.inode(), folder, new Going(entry.name())));
                } else {
                    watch.requireGoingOn();
                    unlink(folder, entry.name());
                }
            }
            return below;
        }

        /** Whether the folder and all above it are still in one another, up to the top. */
        private boolean isWhereItWas(TreeWalk.Folder<Going> folder) throws FileError {
            var inodes = new ArrayList<Long>();
            var parents = new ArrayList<Long>();
            for (TreeWalk.Folder<Going> at = folder; at != null; at = at.above) {
                inodes.add(at.inode);
                parents.add(at.above != null ? at.above.inode : parent);
            }
            List<@Nullable Attr> attrs = reads.attrs(inodes);
            for (int i = 0; i < attrs.size(); i++) {
                Attr attr = attrs.get(i);
                boolean top = i == attrs.size() - 1;
                if (attr != null && attr.parent() != parents.get(i) && !(top && parent == 0)) {
                    return false;
                }
            }
            return true;
        }

        private void unlink(TreeWalk.Folder<Going> folder, Name name) throws FileError {
            try {
                removal.unlink(caller, folder.inode, name, folderFor(folder.inode));
                gone(folder.inode, name);
            } catch (FileError e) {
                if (e.kind() != FileError.Kind.NOT_FOUND && e.kind() != FileError.Kind.IS_DIRECTORY) {
                    failed(folder, name, e);
                }
            }
        }

        /** A single name that is the whole tree. */
        void unlink(long directory, Name name) throws FileError {
            removal.unlink(caller, directory, name, folderFor(directory));
            gone(directory, name);
        }

        private long folderFor(long directory) throws FileError {
            return skipTrash ? 0 : trash.folderFor(directory);
        }

        private void gone(long directory, Name name) {
            removed.increment();
            watch.entryChanged(directory, name);
            watch.advanced(1, 0);
        }

        @Override
        public boolean left(TreeWalk.Folder<Going> folder) throws FileError {
            Going going = folder.knows;
            // A folder of the trash is emptied only: clients may be about to put something into it.
            if (going.name == null || Trash.isTrash(folder.inode)) {
                return going.stays || !reads.hasChildren(folder.inode) || ++going.rounds == MAX_ROUNDS;
            }
            long above = folder.above != null ? folder.above.inode : parent;
            if (going.stays) {
                keepAbove(folder);
                return true;
            }
            try {
                removal.removeDirectory(caller, above, going.name, folderFor(above));
                gone(above, going.name);
            } catch (FileError e) {
                switch (e.kind()) {
                    case NOT_FOUND, NOT_DIRECTORY -> {}
                    case NOT_EMPTY -> {
                        if (++going.rounds < MAX_ROUNDS) {
                            return false;
                        }
                        stays(folder, e);
                        keepAbove(folder);
                    }
                    default -> {
                        stays(folder, e);
                        keepAbove(folder);
                    }
                }
            }
            return true;
        }

        private void failed(TreeWalk.Folder<Going> folder, Name name, FileError e) throws FileError {
            endIfHopeless(e);
            folder.knows.stays = true;
            failed.increment();
            watch.failed(pathOf(folder) + "/" + name, e);
        }

        private void stays(TreeWalk.Folder<Going> folder, FileError e) throws FileError {
            endIfHopeless(e);
            folder.knows.stays = true;
            failed.increment();
            watch.failed(pathOf(folder), e);
        }

        private static void keepAbove(TreeWalk.Folder<Going> folder) {
            if (folder.above != null) {
                folder.above.knows.stays = true;
            }
        }

        /** What no other entry will fare better with. */
        private static void endIfHopeless(FileError e) throws FileError {
            switch (e.kind()) {
                case IO, INTERRUPTED, READ_ONLY -> throw e;
                default -> {}
            }
        }

        private static String pathOf(TreeWalk.Folder<Going> folder) {
            var path = new StringBuilder();
            for (TreeWalk.Folder<Going> at = folder; at != null && at.above != null; at = at.above) {
                path.insert(0, "/" + at.knows.name);
            }
            return path.toString();
        }
    }
}
