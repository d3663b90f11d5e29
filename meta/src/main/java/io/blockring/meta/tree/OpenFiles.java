package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.engine.DeletedFile;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Transactions;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which inodes this session has open, and which of them live on without a name. Counts change only while the inode is
 * locked, and whoever takes the last name away holds the same lock until its commit: none slips between.
 */
final class OpenFiles {
    private final MetaEngine engine;
    private final Transactions transactions;
    private final Accounts accounts;
    private final InstantSource clock;
    private final long session;
    private final Map<Long, Integer> handles = new ConcurrentHashMap<>();
    private final Set<Long> sustained = ConcurrentHashMap.newKeySet();

    OpenFiles(MetaEngine engine, Transactions transactions, Accounts accounts, InstantSource clock, long session) {
        this.engine = engine;
        this.transactions = transactions;
        this.accounts = accounts;
        this.clock = clock;
        this.session = session;
    }

    /** @param known attributes to go by; it gives null where the engine is to be asked */
    Attr open(long inode, Supplier<@Nullable Attr> known) throws FileError {
        try (InodeLocks.Held _ = transactions.hold(inode)) {
            Attr trusted = known.get();
            Attr attr = trusted != null ? trusted : engine.reads().attr(inode);
            if (attr == null) {
                throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + inode);
            }
            handles.merge(inode, 1, Integer::sum);
            return attr;
        }
    }

    /** Counts a handle of an inode that nobody can know yet. */
    void openNew(long inode) {
        handles.merge(inode, 1, Integer::sum);
    }

    /** The inode was not made. */
    void forgetNew(long inode) {
        handles.remove(inode);
    }

    /** Ends one handle; returns the file whose data is now to be deleted, if that was its last. */
    @Nullable
    DeletedFile close(long inode) throws FileError {
        try (InodeLocks.Held _ = transactions.hold(inode)) {
            Integer left = handles.computeIfPresent(inode, (_, count) -> count > 1 ? count - 1 : null);
            if (left != null || !sustained.remove(inode)) {
                return null;
            }
            return deleteSustained(session, inode);
        }
    }

    boolean isOpen(long inode) {
        return handles.containsKey(inode);
    }

    /** Keeps an inode without a name until its last handle is closed, or this session ends. */
    void sustain(MetaTransaction transaction, long inode) throws FileError {
        sustained.add(inode);
        transaction.putSustained(session, inode);
    }

    /** Deletes an inode that a session sustained, unless it has a name again. */
    @Nullable
    DeletedFile deleteSustained(long ofSession, long inode) throws FileError {
        return transactions.run(
                transaction -> {
                    Attr attr = transaction.attr(inode);
                    transaction.deleteSustained(ofSession, inode);
                    transaction.witness(reads -> reads.attr(inode) == null);
                    return attr == null || attr.nlink() > 0 ? null : delete(transaction, inode, attr);
                },
                inode);
    }

    private DeletedFile delete(MetaTransaction transaction, long inode, Attr attr) throws FileError {
        var deleted = new DeletedFile(inode, attr.length(), clock.instant().getEpochSecond());
        transaction.deleteAttr(inode);
        transaction.putDeletedFile(deleted);
        accounts.ledger().gone(attr).post(transaction);
        return deleted;
    }
}
