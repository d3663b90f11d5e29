package io.blockring.meta.tree;

import io.blockring.meta.AccessTimes;
import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.Transactions;

/** Times of access: no other time changes with them. */
final class AccessRecords {
    private final Transactions transactions;

    AccessRecords(Transactions transactions) {
        this.transactions = transactions;
    }

    /** What is in the trash, and the trash itself, keeps the times that it had. */
    Attr record(long inode, Timestamp at, AccessTimes times) throws FileError {
        return transactions.run(
                transaction -> {
                    Attr attr = transaction.attr(inode);
                    if (attr == null) {
                        throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + inode);
                    }
                    if (Trash.isTrash(inode) || Trash.isTrash(attr.parent()) || !times.isDue(attr, at)) {
                        return attr;
                    }
                    AttrDraft draft = new AttrDraft(attr);
                    draft.atime = at;
                    Attr after = draft.done();
                    transaction.witness(reads -> after.equals(reads.attr(inode)));
                    transaction.putAttr(inode, after);
                    return after;
                },
                inode);
    }
}
