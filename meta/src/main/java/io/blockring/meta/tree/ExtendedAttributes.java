package io.blockring.meta.tree;

import io.blockring.meta.FileError;
import io.blockring.meta.FileTree.AttributeMode;
import io.blockring.meta.Name;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Transactions;
import java.util.Arrays;
import java.util.List;

/** Extended attributes; they leave the times of the inode alone, as JuiceFS has it. */
final class ExtendedAttributes {
    private static final int MAX_VALUE_BYTES = 65_536;

    private final MetaReads reads;
    private final Transactions transactions;

    ExtendedAttributes(MetaReads reads, Transactions transactions) {
        this.reads = reads;
        this.transactions = transactions;
    }

    byte[] get(long inode, Name name) throws FileError {
        byte[] value = reads.xattr(inode, name);
        if (value == null) {
            requireInode(reads, inode);
            throw new FileError(FileError.Kind.NO_SUCH_ATTRIBUTE, "no such extended attribute");
        }
        return value;
    }

    List<Name> names(long inode) throws FileError {
        List<Name> names = reads.xattrNames(inode);
        if (names.isEmpty()) {
            requireInode(reads, inode);
        }
        return names;
    }

    void set(long inode, Name name, byte[] value, AttributeMode mode) throws FileError {
        if (value.length > MAX_VALUE_BYTES) {
            throw new FileError(FileError.Kind.OUT_OF_RANGE, "an extended attribute of " + value.length + " bytes");
        }
        transactions.run(
                transaction -> {
                    requireInode(transaction, inode);
                    boolean there = transaction.xattr(inode, name) != null;
                    if (there && mode == AttributeMode.CREATE) {
                        throw new FileError(FileError.Kind.EXISTS, "the extended attribute exists");
                    }
                    if (!there && mode == AttributeMode.REPLACE) {
                        throw new FileError(FileError.Kind.NO_SUCH_ATTRIBUTE, "no such extended attribute");
                    }
                    transaction.witness(now -> Arrays.equals(value, now.xattr(inode, name)));
                    transaction.putXattr(inode, name, value);
                    return true;
                },
                inode);
    }

    void remove(long inode, Name name) throws FileError {
        transactions.run(
                transaction -> {
                    requireInode(transaction, inode);
                    return removed(transaction, inode, name);
                },
                inode);
    }

    private static boolean removed(MetaTransaction transaction, long inode, Name name) throws FileError {
        if (transaction.xattr(inode, name) == null) {
            throw new FileError(FileError.Kind.NO_SUCH_ATTRIBUTE, "no such extended attribute");
        }
        transaction.witness(now -> now.xattr(inode, name) == null);
        transaction.deleteXattr(inode, name);
        return true;
    }

    private static void requireInode(MetaReads from, long inode) throws FileError {
        if (from.attr(inode) == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + inode);
        }
    }
}
