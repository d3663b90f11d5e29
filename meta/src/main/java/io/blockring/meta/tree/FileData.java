package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.FileType;
import io.blockring.meta.SliceRecord;
import io.blockring.meta.Timestamp;
import io.blockring.meta.engine.AfterCommit;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.engine.MetaReads;
import io.blockring.meta.engine.MetaTransaction;
import io.blockring.meta.engine.Point;
import io.blockring.meta.engine.Transactions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a file is made of: slices laid over chunks, and its length. */
final class FileData {
    /** Chunks that one step of a walk over a file takes into memory. */
    private static final int CHUNKS_AT_ONCE = 1024;

    /** Chunks that one transaction takes from a file that shrinks. */
    private static final int CHUNKS_DROPPED_AT_ONCE = 64;

    private static final long CHUNK_BYTES = FileTree.CHUNK_BYTES;
    /** As many chunks as an index counts. */
    static final long MAX_FILE_BYTES = Integer.MAX_VALUE * CHUNK_BYTES;

    private final MetaEngine engine;
    private final Transactions transactions;
    private final Accounts accounts;
    private final Compaction compaction;
    private final DeadData deadData;
    private final InstantSource clock;

    FileData(
            MetaEngine engine,
            Transactions transactions,
            Accounts accounts,
            Compaction compaction,
            DeadData deadData,
            InstantSource clock) {
        this.engine = engine;
        this.transactions = transactions;
        this.accounts = accounts;
        this.compaction = compaction;
        this.deadData = deadData;
        this.clock = clock;
    }

    /** What an append has done: how many records the chunk has since, and the attributes of the file. */
    private record Appended(AfterCommit slices, Attr attr) {}

    List<SliceRecord> slices(long inode, int chunk) throws FileError {
        List<SliceRecord> slices = engine.reads().slices(inode, chunk);
        if (slices.isEmpty()) {
            // The chunk of a file that is gone looks like a hole.
            requireFile(engine.reads(), inode);
        }
        return slices;
    }

    /** On the disk when it returns. */
    Attr append(long inode, int chunk, SliceRecord slice, Timestamp mtime) throws FileError {
        if (chunk < 0) {
            throw new FileError(FileError.Kind.TOO_LARGE, "a file has no chunk " + chunk);
        }
        Appended appended = transactions.run(transaction -> appended(transaction, inode, chunk, slice, mtime), inode);
        engine.sync();
        compaction.afterAppend(inode, chunk, appended.slices().orElse(0));
        return appended.attr();
    }

    private Appended appended(MetaTransaction transaction, long inode, int chunk, SliceRecord slice, Timestamp mtime)
            throws FileError {
        transaction.expectBlind(new Point.Attributes(inode), new Point.Slices(inode, chunk));
        Attr attr = requireFile(transaction, inode);
        AttrDraft draft = new AttrDraft(attr);
        draft.length = Math.max(attr.length(), chunk * CHUNK_BYTES + slice.position() + slice.length());
        draft.mtime = mtime;
        draft.ctime = Timestamp.of(clock.instant());
        Attr after = draft.done();
        accounts.requireRoomToGrow(transaction, inode, attr, after.length());
        transaction.witness(reads -> {
            List<SliceRecord> now = reads.slices(inode, chunk);
            return now.contains(slice);
        });
        AfterCommit count = transaction.appendSlices(inode, chunk, List.of(slice));
        transaction.putAttr(inode, after);
        accounts.ledger().resized(transaction, inode, attr, after).post(transaction);
        return new Appended(count, after);
    }

    Attr truncate(Caller caller, long inode, long length) throws FileError {
        if (length < 0) {
            throw new FileError(FileError.Kind.INVALID, "a length of " + length);
        }
        if (length > MAX_FILE_BYTES) {
            throw new FileError(FileError.Kind.TOO_LARGE, "a length of " + length);
        }
        Truncated step;
        do {
            step = transactions.run(transaction -> truncated(transaction, caller, inode, length), inode);
            deadData.deleteDeadSoon(step.dropped());
            compactWhereDue(inode, step.slices());
        } while (step.attr().length() > length);
        return step.attr();
    }

    /** The attributes since, what lost references, and how many records each chunk has that got one. */
    private record Truncated(Attr attr, List<DeadData.Dropped> dropped, Map<Integer, AfterCommit> slices) {}

    private void compactWhereDue(long inode, Map<Integer, AfterCommit> slices) {
        slices.forEach((chunk, count) -> compaction.afterAppend(inode, chunk, count.orElse(0)));
    }

    /**
     * Goes towards a length: at once where the file grows, else by as many chunks as one transaction takes. So the length
     * covers every chunk that the file has, whenever a client dies: whoever deletes the file finds them by it.
     */
    private Truncated truncated(MetaTransaction transaction, Caller caller, long inode, long length) throws FileError {
        Attr attr = requireFile(transaction, inode);
        Flags.requireNone(attr, Flags.IMMUTABLE | Flags.APPEND_ONLY);
        Tail tail = tail(transaction, inode, length, attr.length());
        long target = tail.whole() ? length : Math.max(length, tail.slices().firstKey() * CHUNK_BYTES);
        accounts.requireRoomToGrow(transaction, inode, attr, target);
        List<DeadData.Dropped> dropped = List.of();
        Map<Integer, AfterCommit> slices;
        if (target > attr.length()) {
            slices = layZeros(transaction, inode, attr.length(), target);
        } else {
            slices = layZeros(transaction, inode, target, Math.min(attr.length(), chunksOf(target) * CHUNK_BYTES));
            dropped = dropChunks(transaction, inode, tail.slices());
        }
        AttrDraft draft = new AttrDraft(attr).modified(Timestamp.of(clock.instant()));
        draft.length = target;
        if (!caller.isRoot()) {
            draft.mode = AttributeChanges.withoutSetIds(attr.mode());
        }
        Attr after = draft.done();
        transaction.witness(reads -> after.equals(reads.attr(inode)));
        transaction.putAttr(inode, after);
        accounts.ledger().resized(transaction, inode, attr, after).post(transaction);
        return new Truncated(after, dropped, slices);
    }

    /** Chunks that a file of so many bytes has at most. */
    private static long chunksOf(long length) {
        return Math.ceilDiv(length, CHUNK_BYTES);
    }

    /** The slices of the last chunks of a file, and whether these are all that are to go. */
    private record Tail(SortedMap<Integer, List<SliceRecord>> slices, boolean whole) {}

    /** Of the chunks that a file of {@code now} bytes has and one of {@code length} has not, as many as can go at once. */
    private Tail tail(MetaReads reads, long inode, long length, long now) throws FileError {
        var slices = new TreeMap<Integer, List<SliceRecord>>();
        int from = (int) chunksOf(length);
        int bound = (int) chunksOf(now);
        List<Integer> chunks = bound > from ? reads.lastChunks(inode, from, bound, CHUNKS_DROPPED_AT_ONCE) : List.of();
        int records = 0;
        for (int chunk : chunks.reversed()) {
            List<SliceRecord> some = reads.slices(inode, chunk);
            records += 1 + some.size();
            if (!slices.isEmpty() && records > engine.mostRecords() / 2) {
                return new Tail(slices, false);
            }
            slices.put(chunk, some);
        }
        return new Tail(slices, chunks.size() < CHUNKS_DROPPED_AT_ONCE);
    }

    private static List<DeadData.Dropped> dropChunks(
            MetaTransaction transaction, long inode, SortedMap<Integer, List<SliceRecord>> tail) throws FileError {
        var slices = new ArrayList<SliceRecord>();
        for (Map.Entry<Integer, List<SliceRecord>> chunk : tail.entrySet()) {
            slices.addAll(chunk.getValue());
            transaction.putSlices(inode, chunk.getKey(), List.of());
        }
        return DeadData.drop(transaction, slices);
    }

    Attr zeroRange(long inode, long offset, long length, boolean keepSize) throws FileError {
        if (offset < 0 || length <= 0) {
            throw new FileError(FileError.Kind.INVALID, length + " bytes at " + offset);
        }
        if (offset > MAX_FILE_BYTES - length) {
            throw new FileError(FileError.Kind.TOO_LARGE, length + " bytes at " + offset);
        }
        Zeroed zeroed =
                transactions.run(transaction -> zeroed(transaction, inode, offset, offset + length, keepSize), inode);
        compactWhereDue(inode, zeroed.slices());
        return zeroed.attr();
    }

    /** The attributes of a file after zeros were laid over it, and how many records each chunk has that got one. */
    private record Zeroed(Attr attr, Map<Integer, AfterCommit> slices) {}

    private Zeroed zeroed(MetaTransaction transaction, long inode, long from, long to, boolean keepSize)
            throws FileError {
        Attr attr = requireFile(transaction, inode);
        Flags.requireNone(attr, Flags.IMMUTABLE | Flags.APPEND_ONLY);
        long end = keepSize ? Math.min(to, attr.length()) : to;
        AttrDraft draft = new AttrDraft(attr).modified(Timestamp.of(clock.instant()));
        draft.length = Math.max(attr.length(), end);
        accounts.requireRoomToGrow(transaction, inode, attr, draft.length);
        Attr after = draft.done();
        transaction.witness(reads -> after.equals(reads.attr(inode)));
        // What a file grows by is laid with zeros too, as a truncation does it.
        long start = keepSize ? Math.min(from, end) : Math.min(from, attr.length());
        Map<Integer, AfterCommit> slices = layZeros(transaction, inode, start, end);
        transaction.putAttr(inode, after);
        accounts.ledger().resized(transaction, inode, attr, after).post(transaction);
        return new Zeroed(after, slices);
    }

    /**
     * Makes the bytes from {@code from} to {@code to} zeros, whatever was or stayed there: the first and the last chunk
     * get a record, the chunks between only where they exist.
     */
    private static Map<Integer, AfterCommit> layZeros(MetaTransaction transaction, long inode, long from, long to)
            throws FileError {
        if (from == to) {
            return Map.of();
        }
        var laid = new TreeMap<Integer, AfterCommit>();
        int first = (int) (from / CHUNK_BYTES);
        int last = (int) (to / CHUNK_BYTES);
        int position = (int) (from % CHUNK_BYTES);
        long firstBytes = Math.min(to - from, CHUNK_BYTES - position);
        laid.put(first, zeros(transaction, inode, first, position, (int) firstBytes));
        if (last == first) {
            return laid;
        }
        layWholeZeros(transaction, inode, first + 1, last, laid);
        int tail = (int) (to % CHUNK_BYTES);
        if (tail > 0) {
            laid.put(last, zeros(transaction, inode, last, 0, tail));
        }
        return laid;
    }

    private static void layWholeZeros(
            MetaTransaction transaction, long inode, int from, int to, Map<Integer, AfterCommit> laid)
            throws FileError {
        int next = from;
        while (next < to) {
            List<Integer> chunks = transaction.chunks(inode, next, to, CHUNKS_AT_ONCE);
            for (int chunk : chunks) {
                if (chunk < to) {
                    laid.put(chunk, zeros(transaction, inode, chunk, 0, FileTree.CHUNK_BYTES));
                }
            }
            next = chunks.size() < CHUNKS_AT_ONCE ? to : chunks.getLast() + 1;
        }
    }

    private static AfterCommit zeros(MetaTransaction transaction, long inode, int chunk, int position, int length)
            throws FileError {
        return transaction.appendSlices(inode, chunk, List.of(new SliceRecord(position, 0, 0, 0, length)));
    }

    static Attr requireFile(MetaReads reads, long inode) throws FileError {
        Attr attr = reads.attr(inode);
        if (attr == null) {
            throw new FileError(FileError.Kind.NOT_FOUND, "no inode " + inode);
        }
        if (attr.type() == FileType.DIRECTORY) {
            throw new FileError(FileError.Kind.IS_DIRECTORY, "inode " + inode + " is a directory");
        }
        if (attr.type() != FileType.FILE) {
            throw new FileError(FileError.Kind.INVALID, "inode " + inode + " is no regular file");
        }
        return attr;
    }
}
