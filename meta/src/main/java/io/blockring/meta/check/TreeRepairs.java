package io.blockring.meta.check;

import io.blockring.meta.Attr;
import io.blockring.meta.Dentry;
import io.blockring.meta.FileError;
import io.blockring.meta.FileType;
import io.blockring.meta.Name;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.Counter;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.engine.Witness;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts right what a check found, each in a transaction that looks again; says whether it did. */
final class TreeRepairs {
    private static final int ENTRIES_AT_ONCE = 1000;
    private static final int DIRECTORY_MODE = 0755;
    private static final int DIRECTORY_BYTES = 4096;

    private final MetaEngine engine;
    private final Transactions transactions;

    TreeRepairs(MetaEngine engine) {
        this.engine = engine;
        this.transactions = new Transactions(engine, new InodeLocks());
    }

    /** Gives attributes to a directory that lost them. */
    boolean makeDirectory(long inode, long parent) throws FileError {
        Timestamp now = Timestamp.of(Instant.now());
        return transactions.run(
                transaction -> {
                    if (transaction.attr(inode) != null) {
                        return false;
                    }
                    transaction.witness(reads -> reads.attr(inode) != null);
                    int links = list(transaction, inode).links(inode);
                    transaction.putAttr(inode, directory(parent, links, now));
                    return true;
                },
                inode);
    }

    private static Attr directory(long parent, int links, Timestamp now) {
        return new Attr(
                0, FileType.DIRECTORY, DIRECTORY_MODE, 0, 0, now, now, now, links, DIRECTORY_BYTES, 0, parent, 0, 0, 0);
    }

    boolean setLinks(long inode) throws FileError {
        return transactions.run(
                transaction -> {
                    Attr attr = transaction.attr(inode);
                    if (attr == null) {
                        return false;
                    }
                    transaction.witness(Witness.REPEAT);
                    transaction.putAttr(
                            inode, with(attr, list(transaction, inode).links(inode), attr.parent()));
                    return true;
                },
                inode);
    }

    boolean setParent(long inode, long parent) throws FileError {
        return transactions.run(
                transaction -> {
                    Attr attr = transaction.attr(inode);
                    if (attr == null) {
                        return false;
                    }
                    transaction.witness(Witness.REPEAT);
                    transaction.putAttr(inode, with(attr, attr.nlink(), parent));
                    return true;
                },
                inode);
    }

    private static Attr with(Attr attr, int nlink, long parent) {
        return new Attr(
                attr.flags(),
                attr.type(),
                attr.mode(),
                attr.uid(),
                attr.gid(),
                attr.atime(),
                attr.mtime(),
                attr.ctime(),
                nlink,
                attr.length(),
                attr.rdev(),
                parent,
                attr.accessAcl(),
                attr.defaultAcl(),
                attr.tier());
    }

    /** Counts a directory anew; what is being written to it at that moment may be counted twice or not. */
    boolean setStats(long inode) throws FileError {
        boolean set = transactions.run(
                transaction -> {
                    if (transaction.attr(inode) == null) {
                        return false;
                    }
                    transaction.witness(Witness.REPEAT);
                    transaction.putDirectoryStats(
                            inode, list(transaction, inode).stats());
                    return true;
                },
                inode);
        engine.flushUsage();
        return set;
    }

    boolean addUsage(long space, long inodes) throws FileError {
        transactions.run(transaction -> {
            transaction.increment(Counter.USED_SPACE, space);
            transaction.increment(Counter.TOTAL_INODES, inodes);
            return true;
        });
        engine.flushUsage();
        return true;
    }

    static DirectoryEntries list(MetaReads reads, long directory) throws FileError {
        var found = new DirectoryEntries();
        @Nullable Name after = null;
        List<Dentry> some;
        do {
            some = reads.children(directory, after, ENTRIES_AT_ONCE);
            List<@Nullable Attr> attrs =
                    reads.attrs(some.stream().map(Dentry::inode).toList());
            for (int i = 0; i < some.size(); i++) {
                after = some.get(i).name();
                found.add(some.get(i), attrs.get(i));
            }
        } while (some.size() == ENTRIES_AT_ONCE);
        return found;
    }

    /** How many entries of a directory name an inode. */
    static long namesOf(MetaReads reads, long directory, long inode) throws FileError {
        long found = 0;
        @Nullable Name after = null;
        List<Dentry> some;
        do {
            some = reads.children(directory, after, ENTRIES_AT_ONCE);
            for (Dentry entry : some) {
                after = entry.name();
                found += entry.inode() == inode ? 1 : 0;
            }
        } while (some.size() == ENTRIES_AT_ONCE);
        return found;
    }
}
