package io.blockring.meta.tree;

import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.SliceObjects;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.engine.AfterCommit;
import io.blockring.meta.engine.DeletedFile;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.engine.Transactions;
import io.blockring.meta.engine.Witness;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the data of files that are gone. A slice is dead when its last reference is; its objects are deleted only
 * after the disk knows that, and its record goes last, so that a crash anywhere leaves work to be found and no dangling
 * reference.
 */
final class DeadData {
    private static final Logger LOG = LoggerFactory.getLogger(DeadData.class);
    private static final int CHUNKS_AT_ONCE = 256;

    /** A slice that lost references, and how many it has beyond the first after the commit. */
    record Dropped(SliceKey slice, AfterCommit references) {}

    private final MetaEngine engine;
    private final Transactions transactions;
    private final SliceObjects objects;
    private final Executor background;

    DeadData(MetaEngine engine, Transactions transactions, SliceObjects objects, Executor background) {
        this.engine = engine;
        this.transactions = transactions;
        this.objects = objects;
        this.background = background;
    }

    /** Deletes the data of a deleted file when there is one, without waiting for it. */
    void deleteSoon(@Nullable DeletedFile file) {
        if (file != null) {
            Background.run(background, "deleting the data of inode " + file.inode(), () -> delete(file));
        }
    }

    /** Deletes all chunks of a deleted file, and then its record. */
    void delete(DeletedFile file) throws FileError {
        engine.sync();
        List<Integer> chunks;
        int bound = (int) Math.ceilDiv(file.length(), (long) FileTree.CHUNK_BYTES);
        int next = 0;
        do {
            chunks = engine.reads().chunks(file.inode(), next, bound, CHUNKS_AT_ONCE);
            for (int chunk : chunks) {
                deleteChunk(file.inode(), chunk);
                next = chunk + 1;
            }
        } while (chunks.size() == CHUNKS_AT_ONCE);
        transactions.run(transaction -> {
            transaction.witness(Witness.REPEAT);
            transaction.deleteDeletedFile(file);
            return true;
        });
    }

    private void deleteChunk(long inode, int chunk) throws FileError {
        Cut cut;
        do {
            cut = transactions.run(transaction -> cut(transaction, inode, chunk), inode);
            deleteDead(cut.dropped());
        } while (cut.more());
    }

    /** What was taken from a chunk, and whether it has more. */
    private record Cut(List<Dropped> dropped, boolean more) {}

    private Cut cut(MetaTransaction transaction, long inode, int chunk) throws FileError {
        List<SliceRecord> slices = transaction.slices(inode, chunk);
        int count = Math.min(slices.size(), engine.mostRecords() / 2);
        List<SliceRecord> left = slices.subList(count, slices.size());
        transaction.witness(reads -> reads.slices(inode, chunk).equals(left));
        transaction.putSlices(inode, chunk, left);
        return new Cut(drop(transaction, slices.subList(0, count)), !left.isEmpty());
    }

    /** Takes one reference from the slice of each record. */
    static List<Dropped> drop(MetaTransaction transaction, List<SliceRecord> slices) throws FileError {
        return dropAll(
                transaction,
                slices.stream()
                        .filter(slice -> !slice.isZeros())
                        .map(SliceKey::of)
                        .toList());
    }

    /** Takes one reference for each time that a slice is named. */
    static List<Dropped> dropAll(MetaTransaction transaction, List<SliceKey> slices) throws FileError {
        Map<SliceKey, Long> counts = new LinkedHashMap<>();
        slices.forEach(slice -> counts.merge(slice, 1L, Long::sum));
        var dropped = new ArrayList<Dropped>(counts.size());
        for (Map.Entry<SliceKey, Long> count : counts.entrySet()) {
            dropped.add(new Dropped(count.getKey(), transaction.addReferences(count.getKey(), -count.getValue())));
        }
        return dropped;
    }

    /** Deletes the objects of those slices that have no reference left; the disk must know that already. */
    void deleteDead(List<Dropped> dropped) throws FileError {
        deleteObjects(dropped.stream()
                .filter(one -> one.references().orElse(0) < 0)
                .map(Dropped::slice)
                .toList());
    }

    /** The same, without waiting for it, once the disk knows that they lost their references. */
    void deleteDeadSoon(List<Dropped> dropped) {
        if (!dropped.isEmpty()) {
            Background.run(background, "deleting the data of a file that shrank", () -> {
                engine.sync();
                deleteDead(dropped);
            });
        }
    }

    /** Deletes the objects of dead slices and then their records; a failure leaves the record for the next time. */
    void deleteObjects(List<SliceKey> slices) throws FileError {
        for (SliceKey slice : slices) {
            try {
                objects.delete(slice.id(), slice.size());
            } catch (IOException e) {
                LOG.warn("the objects of slice {} stay until they are found again", slice.id(), e);
                continue;
            }
            transactions.run(transaction -> {
                transaction.witness(Witness.REPEAT);
                transaction.deleteReferences(slice);
                return true;
            });
        }
    }
}
