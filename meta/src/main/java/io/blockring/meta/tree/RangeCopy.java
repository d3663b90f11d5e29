package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.ChunkView;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.AfterCommit;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.SliceKey;
import io.blockring.meta.engine.Transactions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Bytes of one file that become bytes of another without being copied: both refer to the same slices. */
final class RangeCopy {
    private static final long CHUNK_BYTES = FileTree.CHUNK_BYTES;

    /** Records that a chunk's worth of bytes reads or writes: two chunks, and the references of some slices. */
    private static final int RECORDS_OF_A_CHUNK = 16;

    private final MetaEngine engine;
    private final Transactions transactions;
    private final Accounts accounts;
    private final Compaction compaction;
    private final InstantSource clock;

    RangeCopy(
            MetaEngine engine,
            Transactions transactions,
            Accounts accounts,
            Compaction compaction,
            InstantSource clock) {
        this.engine = engine;
        this.transactions = transactions;
        this.accounts = accounts;
        this.compaction = compaction;
        this.clock = clock;
    }

    /** What was copied, and how many records each of the target's chunks has since. */
    private record Done(FileTree.Copied copied, Map<Integer, AfterCommit> slices) {}

    /** On the disk when it returns, as a write of the same bytes would be. */
    FileTree.Copied copy(long source, long sourceOffset, long target, long targetOffset, long length) throws FileError {
        if (sourceOffset < 0 || targetOffset < 0 || length < 0) {
            throw new FileError(FileError.Kind.INVALID, "a range below 0");
        }
        if (targetOffset > FileData.MAX_FILE_BYTES - length) {
            throw new FileError(FileError.Kind.TOO_LARGE, "the file would be too large");
        }
        Done done = transactions.run(
                transaction -> {
                    Attr from = FileData.requireFile(transaction, source);
                    Attr to = source == target ? from : FileData.requireFile(transaction, target);
                    long bytes = Math.min(Math.min(length, mostBytes()), from.length() - sourceOffset);
                    if (bytes <= 0) {
                        return new Done(new FileTree.Copied(0, to), Map.of());
                    }
                    if (source == target && Math.abs(sourceOffset - targetOffset) < bytes) {
                        throw new FileError(FileError.Kind.INVALID, "the ranges overlap");
                    }
                    Flags.requireNone(to, Flags.IMMUTABLE | Flags.APPEND_ONLY);
                    SortedMap<Integer, List<SliceRecord>> records =
                            records(transaction, source, sourceOffset, targetOffset, bytes);
                    return write(transaction, target, to, targetOffset + bytes, bytes, records);
                },
                source,
                target);
        engine.sync();
        done.slices().forEach((chunk, count) -> compaction.afterAppend(target, chunk, count.orElse(0)));
        return done.copied();
    }

    /** What one transaction copies; the caller goes on behind it. */
    private long mostBytes() {
        return engine.mostRecords() / RECORDS_OF_A_CHUNK * CHUNK_BYTES;
    }

    /** What the source shows in the range, as records of the target's chunks. */
    private static SortedMap<Integer, List<SliceRecord>> records(
            MetaReads reads, long source, long sourceOffset, long targetOffset, long bytes) throws FileError {
        var records = new TreeMap<Integer, List<SliceRecord>>();
        long done = 0;
        while (done < bytes) {
            int chunk = (int) ((sourceOffset + done) / CHUNK_BYTES);
            int from = (int) ((sourceOffset + done) % CHUNK_BYTES);
            int to = (int) Math.min(CHUNK_BYTES, from + (bytes - done));
            ChunkView view = ChunkView.of(reads.slices(source, chunk));
            for (ChunkView.Window window : view.between(from, to)) {
                lay(records, window, targetOffset + done + (window.position() - from));
            }
            done += to - from;
        }
        return records;
    }

    /** Adds a window at {@code offset} of the target, in two records where it crosses chunks. */
    private static void lay(Map<Integer, List<SliceRecord>> records, ChunkView.Window window, long offset) {
        int laid = 0;
        while (laid < window.length()) {
            int chunk = (int) ((offset + laid) / CHUNK_BYTES);
            int position = (int) ((offset + laid) % CHUNK_BYTES);
            int length = (int) Math.min(window.length() - laid, CHUNK_BYTES - position);
            int sliceOffset = window.isZeros() ? 0 : window.offset() + laid;
            records.computeIfAbsent(chunk, _ -> new ArrayList<>())
                    .add(new SliceRecord(position, window.sliceId(), window.size(), sliceOffset, length));
            laid += length;
        }
    }

    private Done write(
            MetaTransaction transaction,
            long target,
            Attr to,
            long end,
            long bytes,
            SortedMap<Integer, List<SliceRecord>> records)
            throws FileError {
        AttrDraft draft = new AttrDraft(to).modified(Timestamp.of(clock.instant()));
        draft.length = Math.max(to.length(), end);
        Attr after = draft.done();
        accounts.requireRoomToGrow(transaction, target, to, after.length());
        transaction.witness(reads -> after.equals(reads.attr(target)));

        Map<Integer, AfterCommit> slices = new LinkedHashMap<>();
        Map<SliceKey, Long> references = new LinkedHashMap<>();
        for (Map.Entry<Integer, List<SliceRecord>> chunk : records.entrySet()) {
            slices.put(chunk.getKey(), transaction.appendSlices(target, chunk.getKey(), chunk.getValue()));
            for (SliceRecord slice : chunk.getValue()) {
                if (!slice.isZeros()) {
                    references.merge(SliceKey.of(slice), 1L, Long::sum);
                }
            }
        }
        for (Map.Entry<SliceKey, Long> more : references.entrySet()) {
            transaction.addReferences(more.getKey(), more.getValue());
        }
        transaction.putAttr(target, after);
        accounts.ledger().resized(transaction, target, to, after).post(transaction);
        return new Done(new FileTree.Copied(bytes, after), slices);
    }
}
