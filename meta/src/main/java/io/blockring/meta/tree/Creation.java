package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Point;
import io.blockring.meta.engine.Transactions;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** New names: of new inodes, and further ones of files. */
final class Creation {
    private static final int PERMISSIONS = 07777;
    private static final int SYMLINK_MODE = 0644;
    private static final int MAX_TARGET_BYTES = 4096;
    private static final int SET_GROUP_ID = 02000;
    private static final int SET_GROUP_ID_AND_GROUP_EXECUTE = 02010;

    private final Transactions transactions;
    private final Accounts accounts;
    private final Ids inodes;
    private final Acls acls;
    private final InstantSource clock;

    Creation(Transactions transactions, Accounts accounts, Ids inodes, Acls acls, InstantSource clock) {
        this.transactions = transactions;
        this.accounts = accounts;
        this.inodes = inodes;
        this.acls = acls;
        this.clock = clock;
    }

    Entry makeNode(Caller caller, long parent, Name name, FileType type, int mode, int rdev) throws FileError {
        if (type == FileType.DIRECTORY || type == FileType.SYMLINK) {
            throw new FileError(FileError.Kind.INVALID, "a " + type + " is not made as a node");
        }
        return make(caller, parent, name, type, mode, rdev, null);
    }

    /** A file with an open handle, which is counted before anybody can see its name. */
    Entry makeOpenFile(Caller caller, long parent, Name name, int mode, OpenFiles openFiles) throws FileError {
        long inode = inodes.next();
        openFiles.openNew(inode);
        boolean made = false;
        try {
            Entry entry = make(inode, caller, parent, name, FileType.FILE, mode, 0, null);
            made = true;
            return entry;
        } finally {
            if (!made) {
                openFiles.forgetNew(inode);
            }
        }
    }

    Entry makeDirectory(Caller caller, long parent, Name name, int mode) throws FileError {
        return make(caller, parent, name, FileType.DIRECTORY, mode, 0, null);
    }

    Entry makeSymlink(Caller caller, long parent, Name name, byte[] target) throws FileError {
        if (target.length == 0) {
            throw new FileError(FileError.Kind.NOT_FOUND, "a symlink to nothing");
        }
        if (target.length > MAX_TARGET_BYTES) {
            throw new FileError(FileError.Kind.NAME_TOO_LONG, "a symlink of " + target.length + " bytes");
        }
        return make(caller, parent, name, FileType.SYMLINK, SYMLINK_MODE, 0, target);
    }

    private Entry make(
            Caller caller, long parent, Name name, FileType type, int mode, int rdev, byte @Nullable [] target)
            throws FileError {
        return make(inodes.next(), caller, parent, name, type, mode, rdev, target);
    }

    private Entry make(
            long inode,
            Caller caller,
            long parent,
            Name name,
            FileType type,
            int mode,
            int rdev,
            byte @Nullable [] target)
            throws FileError {
        if (parent == FileTree.ROOT && Trash.isRootName(name)) {
            throw new FileError(FileError.Kind.NOT_PERMITTED, Trash.ROOT_NAME + " is the trash");
        }
        accounts.requireRoom(Usage.spaceOf(0), 1, caller.uid(), caller.gid(), List.of(parent));
        var child = new Child(type, inode);
        return transactions.run(
                transaction -> {
                    Attr directory = requireFree(transaction, parent, name);
                    Timestamp now = Timestamp.of(clock.instant());
                    transaction.witness(reads -> child.equals(reads.child(parent, name)));

                    AttrDraft made = AttrDraft.of(type, mode & PERMISSIONS, rdev, parent, now);
                    made.uid = caller.uid();
                    made.gid = caller.gid();
                    if (target != null) {
                        made.length = target.length;
                        transaction.putSymlink(inode, target);
                    }
                    acls.inherit(made, type, directory, caller);
                    inheritGroup(made, directory, caller, type);
                    Attr attr = made.done();
                    transaction.putAttr(inode, attr);

                    transaction.touchDirectory(parent, directory, type == FileType.DIRECTORY ? 1 : 0, now);
                    transaction.putChild(parent, name, child);
                    accounts.madeIn(transaction, parent, inode, attr);
                    return new Entry(inode, attr);
                },
                parent);
    }

    /** In a directory with set-group-id everything gets its group, and directories the bit too (Linux). */
    private static void inheritGroup(AttrDraft made, Attr directory, Caller caller, FileType type) {
        if ((directory.mode() & SET_GROUP_ID) == 0) {
            return;
        }
        made.gid = directory.gid();
        if (type == FileType.DIRECTORY) {
            made.mode |= SET_GROUP_ID;
        } else if ((made.mode & SET_GROUP_ID_AND_GROUP_EXECUTE) == SET_GROUP_ID_AND_GROUP_EXECUTE
                && !caller.isRoot()
                && !caller.isInGroup(directory.gid())) {
            made.mode &= ~SET_GROUP_ID;
        }
    }

    Entry link(long inode, long newParent, Name newName) throws FileError {
        return transactions.run(
                transaction -> {
                    Attr attr = transaction.attr(inode);
                    if (attr == null || attr.nlink() == 0 || Trash.isTrash(attr.parent())) {
                        throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + inode);
                    }
                    if (attr.type() == FileType.DIRECTORY) {
                        throw new FileError(FileError.Kind.NOT_PERMITTED, "a directory has one name");
                    }
                    if (attr.nlink() == Integer.MAX_VALUE) {
                        throw new FileError(FileError.Kind.TOO_MANY_LINKS, "inode " + inode + " has too many links");
                    }
                    Flags.requireNone(attr, Flags.IMMUTABLE | Flags.APPEND_ONLY);
                    accounts.requireRoomBelow(newParent, attr);
                    Attr directory = requireFree(transaction, newParent, newName);
                    var child = new Child(attr.type(), inode);
                    transaction.witness(reads -> child.equals(reads.child(newParent, newName)));

                    Timestamp now = Timestamp.of(clock.instant());
                    countParents(transaction, inode, attr.parent(), newParent);
                    AttrDraft linked = new AttrDraft(attr);
                    linked.parent = 0;
                    linked.nlink++;
                    linked.ctime = now;
                    Attr after = linked.done();
                    transaction.putAttr(inode, after);
                    transaction.touchDirectory(newParent, directory, 0, now);
                    transaction.putChild(newParent, newName, child);
                    accounts.ledger().named(newParent, after).post(transaction);
                    return new Entry(inode, after);
                },
                inode,
                newParent);
    }

    /** The second link moves the parents out of the attributes into counts of their own. */
    private static void countParents(MetaTransaction transaction, long inode, long oldParent, long newParent)
            throws FileError {
        if (oldParent == newParent) {
            transaction.addParent(inode, newParent, 2);
            return;
        }
        if (oldParent > 0) {
            transaction.addParent(inode, oldParent, 1);
        }
        transaction.addParent(inode, newParent, 1);
    }

    static Attr requireFree(MetaTransaction transaction, long parent, Name name) throws FileError {
        transaction.expect(new Point.Attributes(parent), new Point.Entry(parent, name));
        Attr directory = Directories.requireToAdd(transaction, parent);
        if (transaction.child(parent, name) != null) {
            throw new FileError(FileError.Kind.EXISTS, "the name is taken");
        }
        return directory;
    }
}
