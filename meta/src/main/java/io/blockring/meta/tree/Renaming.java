package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import io.blockring.meta.RenameMode;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.DeletedFile;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Point;
import io.blockring.meta.engine.Transactions;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Names that move. All reads come first, then all writes. A directory that changes its parent watches every directory
 * above the new one, so that two renames together cannot make a loop.
 */
final class Renaming {
    /** A name in a directory. */
    private record Place(long directory, Name name) {}

    /** All that a rename has read, and may go on with. */
    private record Move(
            Place from,
            Attr fromAttr,
            Child child,
            Attr attr,
            Place to,
            Attr toAttr,
            @Nullable Child target,
            @Nullable Attr targetAttr) {
        boolean acrossDirectories() {
            return from.directory() != to.directory();
        }
    }

    private final Transactions transactions;
    private final Accounts accounts;
    private final TreeSums trees;
    private final Trash trash;
    private final Removal removal;
    private final DeadData deadData;
    private final InstantSource clock;

    Renaming(
            Transactions transactions,
            Accounts accounts,
            TreeSums trees,
            Trash trash,
            Removal removal,
            DeadData deadData,
            InstantSource clock) {
        this.transactions = transactions;
        this.accounts = accounts;
        this.trees = trees;
        this.trash = trash;
        this.removal = removal;
        this.deadData = deadData;
        this.clock = clock;
    }

    void rename(Caller caller, long parent, Name name, long newParent, Name newName, RenameMode mode) throws FileError {
        rename(caller, parent, name, newParent, newName, mode, false);
    }

    /** Moves an entry out of a folder of the trash into a directory that may be in the trash itself. */
    void restore(long folder, Name kept, long directory, Name name) throws FileError {
        rename(Caller.ROOT, folder, kept, directory, name, RenameMode.NO_REPLACE, true);
    }

    private void rename(
            Caller caller, long parent, Name name, long newParent, Name newName, RenameMode mode, boolean intoTrashed)
            throws FileError {
        if (Trash.isTrash(newParent) || (Trash.isTrash(parent) && !caller.isRoot())) {
            throw new FileError(
                    FileError.Kind.NOT_PERMITTED, "nothing is moved into the trash, and only root restores");
        }
        long folder = mode == RenameMode.REPLACE ? trash.folderFor(newParent) : 0;
        var from = new Place(parent, name);
        var to = new Place(newParent, newName);
        boolean crosses = parent != newParent && accounts.crossesQuota(parent, newParent);
        DirectoryStats below = crosses ? trees.below(parent, name) : DirectoryStats.NONE;
        DirectoryStats belowTarget =
                crosses && mode == RenameMode.EXCHANGE ? trees.below(newParent, newName) : DirectoryStats.NONE;
        deadData.deleteSoon(transactions.runLocking(
                (transaction, locks) -> {
                    Move move = read(transaction, locks, from, to, mode, intoTrashed);
                    if (move == null) {
                        return null;
                    }
                    transaction.witness(reads -> move.child().equals(reads.child(newParent, newName)));
                    Timestamp now = Timestamp.of(clock.instant());
                    if (crosses && mode != RenameMode.EXCHANGE) {
                        accounts.requireRoomForTree(newParent, move.attr(), below);
                    }
                    if (mode == RenameMode.EXCHANGE) {
                        exchange(transaction, move, below, belowTarget, now);
                        return null;
                    }
                    return replace(transaction, move, below, folder, now);
                },
                parent,
                newParent));
    }

    /** Reads and checks all; null when both names are one file's, which changes nothing. */
    private static @Nullable Move read(
            MetaTransaction transaction,
            InodeLocks.Held locks,
            Place from,
            Place to,
            RenameMode mode,
            boolean intoTrashed)
            throws FileError {
        transaction.expect(
                locks.attributes(),
                new Point.Entry(from.directory(), from.name()),
                new Point.Entry(to.directory(), to.name()));
        Attr fromAttr = Directories.requireToRemove(transaction, from.directory());
        Attr toAttr = from.directory() == to.directory()
                ? fromAttr
                : Directories.requireToAdd(transaction, to.directory(), intoTrashed);
        Child child = Removal.requireChild(transaction, from.directory(), from.name());
        Child target = from.equals(to) ? child : transaction.child(to.directory(), to.name());
        if (mode == RenameMode.NO_REPLACE && target != null) {
            throw new FileError(FileError.Kind.EXISTS, "the new name is taken");
        }
        if (mode == RenameMode.EXCHANGE && target == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "there is nothing to exchange with");
        }
        if (target != null && target.inode() == child.inode()) {
            return null;
        }
        Attr attr = requireMovable(transaction, locks, child);
        Attr targetAttr = target == null ? null : requireMovable(transaction, locks, target);
        var move = new Move(from, fromAttr, child, attr, to, toAttr, target, targetAttr);
        requireNoLoop(transaction, move, mode);
        if (target != null && mode == RenameMode.REPLACE) {
            requireReplaceable(transaction, child, target);
        }
        return move;
    }

    private static Attr requireMovable(MetaTransaction transaction, InodeLocks.Held locks, Child child)
            throws FileError {
        locks.need(child.inode());
        Attr attr = transaction.attr(child.inode());
        if (attr == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + child.inode());
        }
        Flags.requireNone(attr, Flags.IMMUTABLE | Flags.APPEND_ONLY);
        return attr;
    }

    private static void requireNoLoop(MetaTransaction transaction, Move move, RenameMode mode) throws FileError {
        if (!move.acrossDirectories()) {
            return;
        }
        if (move.child().isDirectory()) {
            Directories.requireNotInside(
                    transaction, move.to().directory(), move.child().inode());
        }
        Child target = move.target();
        if (mode == RenameMode.EXCHANGE && target != null && target.isDirectory()) {
            Directories.requireNotInside(transaction, move.from().directory(), target.inode());
        }
    }

    private static void requireReplaceable(MetaTransaction transaction, Child child, Child target) throws FileError {
        if (!target.isDirectory()) {
            if (child.isDirectory()) {
                throw new FileError(FileError.Kind.NOT_DIRECTORY, "a directory does not replace a file");
            }
            return;
        }
        if (!child.isDirectory()) {
            throw new FileError(FileError.Kind.IS_DIRECTORY, "a file does not replace a directory");
        }
        Removal.requireEmpty(transaction, target.inode());
    }

    private @Nullable DeletedFile replace(
            MetaTransaction transaction, Move move, DirectoryStats below, long folder, Timestamp now) throws FileError {
        DeletedFile deleted = null;
        Ledger ledger = accounts.ledger();
        int links = move.child().isDirectory() ? 1 : 0;
        int targetLinks = 0;
        if (move.target() != null && move.targetAttr() != null) {
            targetLinks = move.target().isDirectory() ? 1 : 0;
            deleted = removal.losesName(
                    transaction,
                    ledger,
                    move.to().directory(),
                    move.to().name(),
                    move.target(),
                    move.targetAttr(),
                    folder,
                    now);
        }
        changeDirectories(transaction, move, -links, links - targetLinks, now);
        transaction.deleteChild(move.from().directory(), move.from().name());
        transaction.putChild(move.to().directory(), move.to().name(), move.child());
        moved(
                transaction,
                move.child().inode(),
                move.attr(),
                move.from().directory(),
                move.to().directory(),
                now);
        ledger.moved(move.from().directory(), move.to().directory(), move.attr())
                .tree(move.from().directory(), -below.space(), -below.inodes())
                .tree(move.to().directory(), below.space(), below.inodes())
                .post(transaction);
        return deleted;
    }

    private void exchange(
            MetaTransaction transaction, Move move, DirectoryStats below, DirectoryStats belowTarget, Timestamp now)
            throws FileError {
        Child target = move.target();
        Attr targetAttr = move.targetAttr();
        if (target == null || targetAttr == null) {
            throw new IllegalStateException("an exchange with nothing");
        }
        int links = (move.child().isDirectory() ? 1 : 0) - (target.isDirectory() ? 1 : 0);
        changeDirectories(transaction, move, -links, links, now);
        transaction.putChild(move.from().directory(), move.from().name(), target);
        transaction.putChild(move.to().directory(), move.to().name(), move.child());
        moved(
                transaction,
                move.child().inode(),
                move.attr(),
                move.from().directory(),
                move.to().directory(),
                now);
        moved(
                transaction,
                target.inode(),
                targetAttr,
                move.to().directory(),
                move.from().directory(),
                now);
        long from = move.from().directory();
        long to = move.to().directory();
        accounts.ledger()
                .moved(from, to, move.attr())
                .moved(to, from, targetAttr)
                .tree(from, belowTarget.space() - below.space(), belowTarget.inodes() - below.inodes())
                .tree(to, below.space() - belowTarget.space(), below.inodes() - belowTarget.inodes())
                .post(transaction);
    }

    private static void changeDirectories(
            MetaTransaction transaction, Move move, int fromLinks, int toLinks, Timestamp now) throws FileError {
        if (move.acrossDirectories()) {
            Removal.changeDirectory(transaction, move.from().directory(), move.fromAttr(), fromLinks, now);
            Removal.changeDirectory(transaction, move.to().directory(), move.toAttr(), toLinks, now);
        } else {
            Removal.changeDirectory(transaction, move.from().directory(), move.fromAttr(), fromLinks + toLinks, now);
        }
    }

    private static void moved(
            MetaTransaction transaction, long inode, Attr attr, long oldParent, long newParent, Timestamp now)
            throws FileError {
        AttrDraft changed = new AttrDraft(attr);
        changed.ctime = now;
        if (oldParent != newParent) {
            if (attr.parent() > 0) {
                changed.parent = newParent;
            } else {
                transaction.addParent(inode, oldParent, -1);
                transaction.addParent(inode, newParent, 1);
            }
        }
        transaction.putAttr(inode, changed.done());
    }
}
