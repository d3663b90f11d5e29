package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.DetachedTree;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.engine.Witness;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Trees that are built where nobody sees them, and get a name when they are whole. A record names each, so that one whose
 * client died is found and deleted. Its top has no parent until then: no quota counts what is below it.
 */
final class DetachedTrees {
    /** A tree whose client has said nothing for so long is nobody's. */
    static final Duration ABANDONED = Duration.ofHours(24);

    /** How often a client says that it still builds. */
    private static final Duration SAY_AGAIN = Duration.ofHours(1);

    /** A client that was silent for so long does not go on: others may take its tree for abandoned before it ends. */
    private static final Duration GIVE_UP = ABANDONED.dividedBy(2);

    private final MetaEngine engine;
    private final Transactions transactions;
    private final Accounts accounts;
    private final TreeRemoval removal;
    private final InstantSource clock;

    DetachedTrees(
            MetaEngine engine, Transactions transactions, Accounts accounts, TreeRemoval removal, InstantSource clock) {
        this.engine = engine;
        this.transactions = transactions;
        this.accounts = accounts;
        this.removal = removal;
        this.clock = clock;
    }

    /** A tree that this client builds. */
    final class Lease {
        private final long inode;
        private final AtomicReference<Instant> said;

        private Lease(long inode, Instant said) {
            this.inode = inode;
            this.said = new AtomicReference<>(said);
        }

        /** Says now and then that it goes on; fails with IO when it has been silent for too long. */
        void keep() throws FileError {
            Instant before = said.get();
            Instant now = clock.instant();
            if (now.isAfter(before.plus(GIVE_UP))) {
                throw new FileError(FileError.Kind.IO, "the copy stood still for too long to go on with it");
            }
            if (now.isAfter(before.plus(SAY_AGAIN)) && said.compareAndSet(before, now)) {
                transactions.run(transaction -> {
                    transaction.witness(Witness.REPEAT);
                    transaction.putDetached(new DetachedTree(inode, now.getEpochSecond()));
                    return true;
                });
            }
        }
    }

    /** What makes the top of a tree. */
    @FunctionalInterface
    interface Making {
        void make(MetaTransaction transaction) throws FileError;
    }

    /** Makes the top directory, whose attributes have no parent, by {@code making}, and its record. */
    Lease begin(long inode, Making making, long... locked) throws FileError {
        Instant now = clock.instant();
        transactions.run(
                transaction -> {
                    transaction.witness(reads -> reads.attr(inode) != null);
                    making.make(transaction);
                    accounts.countFromNothing(transaction, inode);
                    transaction.putDetached(new DetachedTree(inode, now.getEpochSecond()));
                    return true;
                },
                locked);
        return new Lease(inode, now);
    }

    /** Gives the tree a name; from then on it is there, and quotas count it with all that is {@code below} its top. */
    Attr attach(Lease lease, long parent, Name name, DirectoryStats below) throws FileError {
        lease.keep();
        var child = new Child(FileType.DIRECTORY, lease.inode);
        return transactions.run(
                transaction -> {
                    Attr directory = Creation.requireFree(transaction, parent, name);
                    Attr top = Directories.require(transaction, lease.inode);
                    transaction.witness(reads -> child.equals(reads.child(parent, name)));
                    accounts.requireRoomForTree(parent, top, below);
                    AttrDraft named = new AttrDraft(top);
                    named.parent = parent;
                    Attr after = named.done();
                    transaction.putAttr(lease.inode, after);
                    transaction.touchDirectory(parent, directory, 1, Timestamp.of(clock.instant()));
                    transaction.putChild(parent, name, child);
                    transaction.deleteDetached(lease.inode);
                    accounts.ledger()
                            .named(parent, after)
                            .tree(parent, below.space(), below.inodes())
                            .post(transaction);
                    return after;
                },
                parent,
                lease.inode);
    }

    /** Gives a name to the one file in a tree, and deletes the tree around it. */
    void release(Lease lease, Name inTree, long parent, Name name) throws FileError {
        lease.keep();
        transactions.runLocking(
                (transaction, locks) -> {
                    Attr directory = Creation.requireFree(transaction, parent, name);
                    Attr top = Directories.require(transaction, lease.inode);
                    Child child = Removal.requireChild(transaction, lease.inode, inTree);
                    locks.need(child.inode());
                    Attr file = FileData.requireFile(transaction, child.inode());
                    transaction.witness(reads -> child.equals(reads.child(parent, name)));
                    accounts.requireRoomBelow(parent, file);
                    AttrDraft named = new AttrDraft(file);
                    named.parent = parent;
                    Attr after = named.done();
                    transaction.putAttr(child.inode(), after);
                    transaction.touchDirectory(parent, directory, 0, Timestamp.of(clock.instant()));
                    transaction.putChild(parent, name, child);
                    transaction.deleteChild(lease.inode, inTree);
                    forget(transaction, lease.inode);
                    accounts.ledger().gone(top).named(parent, after).post(transaction);
                    return true;
                },
                parent,
                lease.inode);
    }

    private void forget(MetaTransaction transaction, long top) throws FileError {
        transaction.deleteAttr(top);
        transaction.deleteXattrs(top);
        transaction.deleteDetached(top);
        accounts.uncount(transaction, top);
    }

    void delete(Lease lease) throws FileError {
        delete(lease.inode, JobWatch.NONE);
    }

    /** Deletes the trees that nobody builds any more; returns how many. */
    int deleteAbandoned(JobWatch watch) throws FileError {
        long before = clock.instant().minus(ABANDONED).getEpochSecond();
        var deleted = new AtomicInteger();
        engine.scans().detachedTrees().forEach(tree -> {
            if (tree.seenAt() < before) {
                delete(tree.inode(), watch);
                deleted.incrementAndGet();
            }
        });
        return deleted.get();
    }

    /** How many trees nobody builds any more. */
    int abandoned() throws FileError {
        long before = clock.instant().minus(ABANDONED).getEpochSecond();
        var found = new AtomicInteger();
        engine.scans().detachedTrees().forEach(tree -> found.addAndGet(tree.seenAt() < before ? 1 : 0));
        return found.get();
    }

    private void delete(long top, JobWatch watch) throws FileError {
        transactions.run(
                transaction -> {
                    Attr attr = transaction.attr(top);
                    transaction.witness(Witness.REPEAT);
                    if (attr == null) {
                        transaction.deleteDetached(top);
                    } else if (attr.parent() != 0) {
                        // JuiceFS names the parent to be: quotas above it never counted this tree.
                        AttrDraft nowhere = new AttrDraft(attr);
                        nowhere.parent = 0;
                        transaction.putAttr(top, nowhere.done());
                    }
                    return true;
                },
                top);
        removal.empty(top, watch);
        transactions.run(
                transaction -> {
                    Attr attr = transaction.attr(top);
                    if (attr == null) {
                        return false;
                    }
                    Removal.requireEmpty(transaction, top);
                    transaction.witness(reads -> reads.attr(top) == null);
                    forget(transaction, top);
                    accounts.ledger().gone(attr).post(transaction);
                    return true;
                },
                top);
    }
}
