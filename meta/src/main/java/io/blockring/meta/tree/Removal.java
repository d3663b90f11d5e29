package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.DeletedFile;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Point;
import io.blockring.meta.engine.Transactions;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Names that go, and what becomes of their inodes. Whether the caller may (write permission and the sticky bit of the
 * directory) is checked by the kernel, as mode bits are.
 */
final class Removal {
    private final MetaReads reads;
    private final Transactions transactions;
    private final Trash trash;
    private final OpenFiles openFiles;
    private final Accounts accounts;
    private final DeadData deadData;
    private final InstantSource clock;

    Removal(
            MetaReads reads,
            Transactions transactions,
            Trash trash,
            OpenFiles openFiles,
            Accounts accounts,
            DeadData deadData,
            InstantSource clock) {
        this.reads = reads;
        this.transactions = transactions;
        this.trash = trash;
        this.openFiles = openFiles;
        this.accounts = accounts;
        this.deadData = deadData;
        this.clock = clock;
    }

    void unlink(Caller caller, long parent, Name name) throws FileError {
        unlink(caller, parent, name, trash.folderFor(parent));
    }

    /** @param folder of the trash where the file goes, 0 for none */
    void unlink(Caller caller, long parent, Name name, long folder) throws FileError {
        requireMayRemove(caller, parent);
        deadData.deleteSoon(transactions.runLocking(
                (transaction, locks) -> unlinked(transaction, locks, parent, name, folder), lockedFor(parent, name)));
    }

    private @Nullable DeletedFile unlinked(
            MetaTransaction transaction, InodeLocks.Held locks, long parent, Name name, long folder) throws FileError {
        transaction.expect(locks.attributes(), new Point.Entry(parent, name));
        Attr directory = Directories.requireToRemove(transaction, parent);
        Child child = requireChild(transaction, parent, name);
        if (child.isDirectory()) {
            throw new FileError(FileError.Kind.IS_DIRECTORY, "a directory is not unlinked");
        }
        locks.need(child.inode());
        Attr attr = transaction.attr(child.inode());
        if (attr != null) {
            Flags.requireNone(attr, Flags.IMMUTABLE | Flags.APPEND_ONLY);
        }
        transaction.witness(now -> !child.equals(now.child(parent, name)));
        Timestamp now = Timestamp.of(clock.instant());
        transaction.deleteChild(parent, name);
        changeDirectory(transaction, parent, directory, 0, now);
        if (attr == null) {
            return null;
        }
        Ledger ledger = accounts.ledger();
        DeletedFile deleted = losesName(transaction, ledger, parent, name, child, attr, folder, now);
        ledger.post(transaction);
        return deleted;
    }

    void removeDirectory(Caller caller, long parent, Name name) throws FileError {
        removeDirectory(caller, parent, name, trash.folderFor(parent));
    }

    /** @param folder of the trash where the directory goes, 0 for none */
    void removeDirectory(Caller caller, long parent, Name name, long folder) throws FileError {
        requireMayRemove(caller, parent);
        deadData.deleteSoon(transactions.runLocking(
                (transaction, locks) -> directoryRemoved(transaction, locks, parent, name, folder),
                lockedFor(parent, name)));
    }

    private @Nullable DeletedFile directoryRemoved(
            MetaTransaction transaction, InodeLocks.Held locks, long parent, Name name, long folder) throws FileError {
        transaction.expect(locks.attributes(), new Point.Entry(parent, name));
        Attr directory = Directories.requireToRemove(transaction, parent);
        Child child = requireChild(transaction, parent, name);
        if (!child.isDirectory()) {
            throw new FileError(FileError.Kind.NOT_DIRECTORY, "the name is that of no directory");
        }
        locks.need(child.inode());
        Attr attr = transaction.attr(child.inode());
        if (attr != null) {
            Flags.requireNone(attr, Flags.IMMUTABLE | Flags.APPEND_ONLY);
        }
        requireEmpty(transaction, child.inode());
        transaction.witness(now -> !child.equals(now.child(parent, name)));
        Timestamp now = Timestamp.of(clock.instant());
        transaction.deleteChild(parent, name);
        changeDirectory(transaction, parent, directory, -1, now);
        if (attr == null) {
            return null;
        }
        Ledger ledger = accounts.ledger();
        DeletedFile deleted = losesName(transaction, ledger, parent, name, child, attr, folder, now);
        ledger.post(transaction);
        return deleted;
    }

    /** What is known of the inodes before: the transaction checks it and locks what has changed. */
    private long[] lockedFor(long parent, Name name) throws FileError {
        Child seen = reads.child(parent, name);
        return seen == null ? new long[] {parent} : new long[] {parent, seen.inode()};
    }

    private static void requireMayRemove(Caller caller, long parent) throws FileError {
        if (Trash.isTrash(parent) && !caller.isRoot()) {
            throw new FileError(FileError.Kind.NOT_PERMITTED, "only root changes the trash");
        }
    }

    static Child requireChild(MetaTransaction transaction, long parent, Name name) throws FileError {
        Child child = transaction.child(parent, name);
        if (child == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "no such entry");
        }
        return child;
    }

    static void requireEmpty(MetaTransaction transaction, long directory) throws FileError {
        if (transaction.hasChildren(directory)) {
            throw new FileError(FileError.Kind.NOT_EMPTY, "the directory is not empty");
        }
    }

    /** The trash and its folders keep their times and link counts, as JuiceFS has it. */
    static void changeDirectory(MetaTransaction transaction, long inode, Attr attr, int moreLinks, Timestamp now)
            throws FileError {
        if (!Trash.isTrash(inode)) {
            transaction.touchDirectory(inode, attr, moreLinks, now);
        }
    }

    /**
     * What becomes of an inode when the name {@code name} in {@code parent} is no longer its own. The entry and the
     * directory are the caller's to change, and the inode is locked.
     *
     * @param ledger is the caller's to post
     * @param folder of the trash where it goes, 0 for none
     * @return the file whose data is to be deleted after the commit
     */
    @Nullable
    DeletedFile losesName(
            MetaTransaction transaction,
            Ledger ledger,
            long parent,
            Name name,
            Child child,
            Attr attr,
            long folder,
            Timestamp now)
            throws FileError {
        ledger.unnamed(parent, attr);
        if (child.isDirectory()) {
            accounts.uncount(transaction, child.inode());
        }
        if (folder != 0 && (attr.flags() & Flags.SKIP_TRASH) == 0) {
            Name kept = Trash.entryName(parent, child.inode(), name);
            if (attr.nlink() == 1 || child.isDirectory() || transaction.child(folder, kept) == null) {
                keep(transaction, parent, child, attr, folder, kept, now);
                ledger.named(folder, attr);
                return null;
            }
        }
        return child.isDirectory()
                ? deleteDirectory(transaction, ledger, child.inode(), attr)
                : dropLink(transaction, ledger, parent, child.inode(), attr, now);
    }

    private static void keep(
            MetaTransaction transaction, long parent, Child child, Attr attr, long folder, Name kept, Timestamp now)
            throws FileError {
        AttrDraft removed = new AttrDraft(attr);
        removed.ctime = now;
        if (attr.parent() > 0) {
            removed.parent = folder;
        } else {
            transaction.addParent(child.inode(), parent, -1);
            transaction.addParent(child.inode(), folder, 1);
        }
        transaction.putAttr(child.inode(), removed.done());
        transaction.putChild(folder, kept, child);
    }

    private static @Nullable DeletedFile deleteDirectory(
            MetaTransaction transaction, Ledger ledger, long inode, Attr attr) throws FileError {
        transaction.deleteAttr(inode);
        transaction.deleteXattrs(inode);
        ledger.gone(attr);
        return null;
    }

    private @Nullable DeletedFile dropLink(
            MetaTransaction transaction, Ledger ledger, long parent, long inode, Attr attr, Timestamp now)
            throws FileError {
        AttrDraft left = new AttrDraft(attr);
        left.ctime = now;
        left.nlink--;
        if (left.nlink > 0) {
            transaction.putAttr(inode, left.done());
            if (attr.parent() == 0) {
                transaction.addParent(inode, parent, -1);
            }
            return null;
        }
        transaction.deleteXattrs(inode);
        if (attr.parent() == 0) {
            transaction.deleteParents(inode);
        }
        if (attr.type() == FileType.FILE) {
            return dropFile(transaction, ledger, inode, left.done(), now);
        }
        if (attr.type() == FileType.SYMLINK) {
            transaction.deleteSymlink(inode);
        }
        transaction.deleteAttr(inode);
        ledger.gone(attr);
        return null;
    }

    private @Nullable DeletedFile dropFile(
            MetaTransaction transaction, Ledger ledger, long inode, Attr attr, Timestamp now) throws FileError {
        if (openFiles.isOpen(inode)) {
            transaction.putAttr(inode, attr);
            openFiles.sustain(transaction, inode);
            return null;
        }
        var deleted = new DeletedFile(inode, attr.length(), now.seconds());
        transaction.deleteAttr(inode);
        transaction.putDeletedFile(deleted);
        ledger.gone(attr);
        return deleted;
    }
}
