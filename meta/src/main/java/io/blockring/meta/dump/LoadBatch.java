package io.blockring.meta.dump;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.engine.Child;
import io.blockring.meta.engine.DeletedFile;
import io.blockring.meta.engine.DirectoryStats;
import io.blockring.meta.engine.InodeLocks;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.engine.StoredAcl;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.engine.Witness;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records on their way into an engine, some hundred in a transaction. For one thread. */
final class LoadBatch {
    private static final int MOST_WRITES = 1000;
    private static final int MOST_BYTES = 1 << 20;
    private static final int RECORD_BYTES = 100;

    @FunctionalInterface
    private interface Write {
        void to(MetaTransaction transaction) throws FileError;
    }

    private final Transactions transactions;
    private final int mostWrites;
    private final List<Write> writes = new ArrayList<>();
    private final Map<SliceKey, Long> references = new LinkedHashMap<>();
    private @Nullable Witness witness;
    private long bytes;

    LoadBatch(MetaEngine engine) {
        this.transactions = new Transactions(engine, new InodeLocks());
        // One chunk may bring many references with it.
        this.mostWrites = Math.min(MOST_WRITES, engine.mostRecords() / 2);
    }

    void putAttr(long inode, Attr attr) throws FileError {
        add(RECORD_BYTES, tx -> tx.putAttr(inode, attr), reads -> reads.attr(inode) != null);
    }

    void putChild(long directory, Name name, Child child) throws FileError {
        add(
                RECORD_BYTES + name.length(),
                tx -> tx.putChild(directory, name, child),
                reads -> reads.child(directory, name) != null);
    }

    void putSymlink(long inode, byte[] target) throws FileError {
        add(RECORD_BYTES + target.length, tx -> tx.putSymlink(inode, target), reads -> reads.symlink(inode) != null);
    }

    void putXattr(long inode, Name name, byte[] value) throws FileError {
        add(
                RECORD_BYTES + value.length,
                tx -> tx.putXattr(inode, name, value),
                reads -> reads.xattr(inode, name) != null);
    }

    /** Writes a chunk, with one more reference for each of {@code again}. */
    void putSlices(long inode, int chunk, List<SliceRecord> slices, List<SliceKey> again) throws FileError {
        again.forEach(slice -> references.merge(slice, 1L, Long::sum));
        add(
                (long) RECORD_BYTES * (slices.size() + again.size()),
                tx -> tx.putSlices(inode, chunk, slices),
                reads -> !reads.slices(inode, chunk).isEmpty());
    }

    void putDirectoryStats(long directory, DirectoryStats stats) throws FileError {
        add(
                RECORD_BYTES,
                tx -> tx.putDirectoryStats(directory, stats),
                reads -> reads.directoryStats(directory) != null);
    }

    void putAcl(StoredAcl acl) throws FileError {
        add(RECORD_BYTES, tx -> tx.putAcl(acl), null);
    }

    void putDeletedFile(DeletedFile file) throws FileError {
        add(RECORD_BYTES, tx -> tx.putDeletedFile(file), null);
    }

    /** Gives an inode that was written before another name in {@code directory}; returns its attributes. */
    Attr addLink(long inode, long directory) throws FileError {
        flush();
        return transactions.run(
                tx -> {
                    Attr attr = tx.attr(inode);
                    if (attr == null) {
                        throw new FileError(FileError.Kind.IO, "inode %d was loaded and is gone".formatted(inode));
                    }
                    int links = attr.nlink() + 1;
                    tx.witness(reads -> {
                        Attr now = reads.attr(inode);
                        return now != null && now.nlink() == links;
                    });
                    if (attr.parent() == directory) {
                        tx.addParent(inode, directory, 2);
                    } else {
                        if (attr.parent() != 0) {
                            tx.addParent(inode, attr.parent(), 1);
                        }
                        tx.addParent(inode, directory, 1);
                    }
                    tx.putAttr(inode, DumpedAttr.linked(attr, links));
                    return attr;
                },
                inode);
    }

    private void add(long moreBytes, Write write, @Nullable Witness probe) throws FileError {
        if (witness == null) {
            witness = probe;
        }
        writes.add(write);
        bytes += moreBytes;
        if (writes.size() + references.size() >= mostWrites || bytes >= MOST_BYTES) {
            flush();
        }
    }

    /** Writes what was gathered. */
    void flush() throws FileError {
        if (writes.isEmpty()) {
            return;
        }
        Witness probe = witness == null ? Witness.REPEAT : witness;
        transactions.run(tx -> {
            tx.witness(probe);
            for (Write write : writes) {
                write.to(tx);
            }
            for (Map.Entry<SliceKey, Long> more : references.entrySet()) {
                tx.addReferences(more.getKey(), more.getValue());
            }
            return true;
        });
        writes.clear();
        references.clear();
        bytes = 0;
        witness = null;
    }

    /** Runs one transaction of its own, behind all that was gathered. */
    void run(Transactions.Body<Boolean> body) throws FileError {
        flush();
        transactions.run(body);
    }
}
