package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.Transactions;
import java.time.InstantSource;

/**
 * chmod, chown and utimes with the rules of Linux: who may, and which mode bits go with an owner. Any of them sets
 * the time of change.
 */
final class AttributeChanges {
    private static final int PERMISSIONS = 07777;
    private static final int SET_USER_ID = 04000;
    private static final int SET_GROUP_ID = 02000;
    private static final int GROUP_EXECUTE = 00010;
    private static final int WRITE = 02;

    private final Transactions transactions;
    private final Accounts accounts;
    private final Acls acls;
    private final InstantSource clock;

    AttributeChanges(Transactions transactions, Accounts accounts, Acls acls, InstantSource clock) {
        this.transactions = transactions;
        this.accounts = accounts;
        this.acls = acls;
        this.clock = clock;
    }

    Attr change(Caller caller, long inode, AttrChange change) throws FileError {
        if (Trash.isTrash(inode)) {
            throw new FileError(FileError.Kind.NOT_PERMITTED, "the trash does not change its attributes");
        }
        return transactions.run(
                transaction -> {
                    Attr attr = transaction.attr(inode);
                    if (attr == null) {
                        throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + inode);
                    }
                    if (isEmpty(change)) {
                        return attr;
                    }
                    Flags.requireNone(attr, Flags.IMMUTABLE);
                    Attr changed = changed(caller, attr, change, Timestamp.of(clock.instant()));
                    transaction.witness(reads -> changed.equals(reads.attr(inode)));
                    transaction.putAttr(inode, changed);
                    accounts.ledger().givenAway(attr, changed).post(transaction);
                    return changed;
                },
                inode);
    }

    private static boolean isEmpty(AttrChange change) {
        return change.mode() == null
                && change.uid() == null
                && change.gid() == null
                && change.atime() == null
                && change.mtime() == null
                && change.ctime() == null;
    }

    private Attr changed(Caller caller, Attr attr, AttrChange change, Timestamp now) throws FileError {
        AttrDraft draft = new AttrDraft(attr);
        changeOwner(caller, attr, change, draft);
        if (change.mode() != null) {
            changeMode(caller, attr, change.mode(), draft);
            acls.follow(draft);
        }
        if (change.atime() != null) {
            draft.atime = timeToSet(caller, attr, change.atime(), now);
        }
        if (change.mtime() != null) {
            draft.mtime = timeToSet(caller, attr, change.mtime(), now);
        }
        draft.ctime = change.ctime() != null ? change.ctime() : now;
        return draft.done();
    }

    /** Only root gives a file away; its owner may give it to a group of their own. */
    private static void changeOwner(Caller caller, Attr attr, AttrChange change, AttrDraft draft) throws FileError {
        if (change.uid() == null && change.gid() == null) {
            return;
        }
        int uid = change.uid() != null ? change.uid() : attr.uid();
        int gid = change.gid() != null ? change.gid() : attr.gid();
        if (!caller.isRoot()
                && (caller.uid() != attr.uid() || uid != attr.uid() || (gid != attr.gid() && !caller.isInGroup(gid)))) {
            throw new FileError(FileError.Kind.NOT_PERMITTED, "only root gives files away");
        }
        draft.uid = uid;
        draft.gid = gid;
        if (attr.type() != FileType.DIRECTORY) {
            draft.mode = withoutSetIds(attr.mode());
        }
    }

    private static void changeMode(Caller caller, Attr attr, int mode, AttrDraft draft) throws FileError {
        // The kernel takes set-id bits away in the name of whoever writes, who need not be the owner.
        if ((mode & PERMISSIONS) != withoutSetIds(attr.mode())) {
            requireOwner(caller, attr);
        }
        draft.mode = mode & PERMISSIONS;
        if (!caller.isRoot() && !caller.isInGroup(draft.gid)) {
            draft.mode &= ~SET_GROUP_ID;
        }
    }

    private Timestamp timeToSet(Caller caller, Attr attr, AttrChange.Time time, Timestamp now) throws FileError {
        return switch (time) {
            case AttrChange.Time.At(Timestamp given) -> {
                requireOwner(caller, attr);
                yield given;
            }
            case AttrChange.Time.Now _ -> {
                if (!caller.isRoot() && caller.uid() != attr.uid() && !mayWrite(caller, attr)) {
                    throw new FileError(FileError.Kind.NO_ACCESS, "only a writer sets the time to now");
                }
                yield now;
            }
        };
    }

    private boolean mayWrite(Caller caller, Attr attr) throws FileError {
        Boolean permitted = acls.permits(caller, attr, WRITE);
        if (permitted != null) {
            return permitted;
        }
        int bits = caller.isInGroup(attr.gid()) ? attr.mode() >> 3 : attr.mode();
        return (bits & WRITE) != 0;
    }

    private static void requireOwner(Caller caller, Attr attr) throws FileError {
        if (!caller.isRoot() && caller.uid() != attr.uid()) {
            throw new FileError(FileError.Kind.NOT_PERMITTED, "only the owner may");
        }
    }

    /** What a change of owner or content leaves of the mode: set-group-id without group execute means locking. */
    static int withoutSetIds(int mode) {
        int left = mode & ~SET_USER_ID;
        return (mode & GROUP_EXECUTE) != 0 ? left & ~SET_GROUP_ID : left;
    }
}
