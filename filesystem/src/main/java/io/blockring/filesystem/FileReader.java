package io.blockring.filesystem;

import io.blockring.cacheclient.BlockCache;
import io.blockring.meta.Attr;
import io.blockring.meta.ChunkView;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.objectstore.ObjectStoreException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads files: what was written here and is not recorded lies over what the tree has.
 *
 * <p>Safe for use by many threads.
 */
final class FileReader {
    private static final Logger LOG = LoggerFactory.getLogger(FileReader.class);

    /** A search for data or a hole looks at so many chunks; behind them, all counts as data. */
    private static final int MAX_SEEK_CHUNKS = 1 << 16;

    private final FileTree tree;
    private final BlockCache cache;
    private final ReadAhead readAhead;
    private final Executor helpers;
    private final Executor background;
    private final int blockBytes;

    /**
     * A reader of the files of a tree.
     *
     * @param helpers fetch parts of reads that have several; it may reject what is too much
     * @param background threads that may wait for the tree
     */
    FileReader(
            FileTree tree,
            BlockCache cache,
            ReadAhead readAhead,
            Executor helpers,
            Executor background,
            int blockBytes) {
        this.tree = tree;
        this.cache = cache;
        this.readAhead = readAhead;
        this.helpers = helpers;
        this.background = background;
        this.blockBytes = blockBytes;
    }

    /** Fills {@code into} from {@code offset} on; returns the bytes read, fewer only at the end of the file. */
    int read(OpenFile file, long offset, MemorySegment into) throws FileError {
        return read(file, offset, into, plan -> {
            fetchAll(plan.parts());
            return plan.length();
        });
    }

    /** The same, without a copy where one loaded piece has it all. */
    FileSystem.Bytes readInPlace(OpenFile file, long offset, MemorySegment room) throws FileError {
        return read(file, offset, room, plan -> {
            FileSystem.Bytes lent = lend(plan);
            if (lent != null) {
                return lent;
            }
            fetchAll(plan.parts());
            return new FileSystem.Copied(room.asSlice(0, plan.length()));
        });
    }

    private FileSystem.@Nullable Bytes lend(ReadPlan plan) throws InterruptedException {
        ReadPlan.Part only = plan.onlyPart();
        if (only == null) {
            return null;
        }
        return readAhead.lend(only.key(), only.offset(), only.length());
    }

    /** How the bytes of a plan come to the caller. */
    private interface Fetch<R> {
        R by(ReadPlan plan) throws IOException, InterruptedException;
    }

    private <R> R read(OpenFile file, long offset, MemorySegment into, Fetch<R> fetch) throws FileError {
        OpenInode inode = file.inode();
        inode.beginRead();
        try {
            try {
                return fetch.by(plan(file, offset, into));
            } catch (ObjectStoreException e) {
                if (e.kind() != ObjectStoreException.Kind.NOT_FOUND) {
                    throw e;
                }
                resolveAnew(inode);
                return fetch.by(plan(file, offset, into));
            }
        } catch (IOException e) {
            // Who is interrupted while reading from a store is told so by its failure.
            boolean interrupted = Thread.currentThread().isInterrupted();
            FileError.Kind kind = interrupted ? FileError.Kind.INTERRUPTED : FileError.Kind.IO;
            throw new FileError(kind, "inode " + inode.number() + " at " + offset + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FileError(FileError.Kind.INTERRUPTED, "interrupted", e);
        } catch (FileError e) {
            if (e.kind() != FileError.Kind.NOT_FOUND) {
                throw e;
            }
            throw new FileError(FileError.Kind.IO, "inode " + inode.number() + " was deleted while it was open", e);
        } finally {
            inode.endRead();
        }
    }

    /**
     * A block is gone that the file was made of when its slices were read: it was compacted since, changed or deleted by
     * another client. Once, all that is known of the file is asked anew.
     */
    private void resolveAnew(OpenInode inode) throws FileError {
        tree.distrust(inode.number());
        inode.attributes(() -> tree.attributes(inode.number()));
        inode.forgetViews();
    }

    /** What is to be fetched for a read; all else is in {@code into}. Reading ahead begins here. */
    private ReadPlan plan(OpenFile file, long offset, MemorySegment into) throws FileError {
        OpenInode inode = file.inode();
        ReadPlan plan;
        long recordedLength;
        int count;
        inode.lock().lock();
        try {
            count = (int) Math.max(0, Math.min(into.byteSize(), inode.length() - offset));
            Attr known = inode.known();
            recordedLength = known == null ? 0 : known.length();
            plan = new ReadPlan(cache, blockBytes, offset, into.asSlice(0, count));
            for (DirtySlice slice : inode.queue().slices().reversed()) {
                plan.layDirty(slice);
            }
        } finally {
            inode.lock().unlock();
        }
        while (!plan.missing().isEmpty()) {
            int chunk = (int) (plan.missing().getFirst().from() / FileTree.CHUNK_BYTES);
            plan.layChunk(chunk, view(inode, chunk));
        }
        if (count > 0) {
            noteRead(file, offset, count, recordedLength);
        }
        return plan;
    }

    /**
     * Decides what to load, and begins to, as one step: whoever reads the next bytes of the handle at the same time finds
     * them under way and does not fetch them too.
     */
    private void noteRead(OpenFile file, long offset, int count, long recordedLength) {
        HandleReads reads = file.reads();
        reads.lock().lock();
        try {
            for (ReadPlan.Range range : reads.onRead(offset, count, recordedLength, readAhead.shareBytes())) {
                loadAhead(file, range);
            }
        } finally {
            reads.lock().unlock();
        }
    }

    /** What shows of a chunk in the tree. */
    ChunkView view(OpenInode inode, int chunk) throws FileError {
        ChunkView kept = inode.view(chunk);
        if (kept != null) {
            return kept;
        }
        long forgottenBefore = inode.viewsForgotten();
        ChunkView view = ChunkView.of(tree.slices(inode.number(), chunk));
        inode.keepView(chunk, view, forgottenBefore);
        return view;
    }

    /** The first data (or hole) of the tree at or behind {@code offset}, which is in the file; -1 without any data. */
    long seek(OpenInode inode, long length, long offset, boolean forData) throws FileError {
        long at = offset;
        for (int looked = 0; at < length; looked++) {
            if (looked == MAX_SEEK_CHUNKS) {
                return forData ? at : length;
            }
            int chunk = (int) (at / FileTree.CHUNK_BYTES);
            long chunkStart = (long) chunk * FileTree.CHUNK_BYTES;
            int end = (int) Math.min(FileTree.CHUNK_BYTES, length - chunkStart);
            for (ChunkView.Window window : view(inode, chunk).between((int) (at - chunkStart), end)) {
                if (window.isZeros() != forData) {
                    return chunkStart + window.position();
                }
            }
            at = chunkStart + end;
        }
        return forData ? -1 : length;
    }

    private void loadAhead(OpenFile file, ReadPlan.Range range) {
        long at = range.from();
        while (at < range.to()) {
            int chunk = (int) (at / FileTree.CHUNK_BYTES);
            long chunkStart = (long) chunk * FileTree.CHUNK_BYTES;
            long end = Math.min(range.to(), chunkStart + FileTree.CHUNK_BYTES);
            int from = (int) (at - chunkStart);
            int to = (int) (end - chunkStart);
            ChunkView kept = file.inode().view(chunk);
            if (kept != null) {
                loadAhead(file, kept.between(from, to));
            } else {
                background.execute(() -> loadAheadOfUnknown(file, new ReadPlan.Range(chunkStart + from, end)));
            }
            at = end;
        }
    }

    /** Of a range within one chunk; what is asked for while the tree is, is fetched by who asked. */
    private void loadAheadOfUnknown(OpenFile file, ReadPlan.Range range) {
        int chunk = (int) (range.from() / FileTree.CHUNK_BYTES);
        long chunkStart = (long) chunk * FileTree.CHUNK_BYTES;
        HandleReads reads = file.reads();
        try {
            ChunkView view = view(file.inode(), chunk);
            reads.lock().lock();
            try {
                for (ReadPlan.Range rest : reads.notAsked(range)) {
                    loadAhead(file, view.between((int) (rest.from() - chunkStart), (int) (rest.to() - chunkStart)));
                }
            } finally {
                reads.lock().unlock();
            }
        } catch (FileError e) {
            // The reader will ask the same and be told; here nobody was promised anything.
            LOG.debug(
                    "no read-ahead of chunk {} of inode {}", chunk, file.inode().number(), e);
        }
    }

    private void loadAhead(OpenFile file, List<ChunkView.Window> windows) {
        for (ChunkView.Window window : windows) {
            if (!window.isZeros()) {
                for (Extent extent : Extent.of(cache, blockBytes, window)) {
                    readAhead.load(file, extent.key(), extent.offset(), extent.length());
                }
            }
        }
    }

    /** Fetches all parts, side by side; when it returns or fails, nobody writes into them any more. */
    private void fetchAll(List<ReadPlan.Part> parts) throws IOException, InterruptedException {
        var fetches = new PartFetches(parts, this::fetch);
        for (int i = 1; i < parts.size() && help(fetches); i++) {}
        fetches.run();
        fetches.await();
    }

    /** Whether one more thread may help; when all have enough to do, the reader does the rest. */
    private boolean help(PartFetches fetches) {
        try {
            helpers.execute(fetches);
            return true;
        } catch (RejectedExecutionException _) {
            return false;
        }
    }

    private void fetch(ReadPlan.Part part) throws IOException, InterruptedException {
        int done = 0;
        while (done < part.length()) {
            ReadPlan.Part rest = part.from(done, part.length() - done);
            int loaded = readAhead.read(rest.key(), rest.offset(), rest.into());
            if (loaded == 0) {
                loaded = readAhead.gapAt(rest.key(), rest.offset(), rest.length());
                cache.read(rest.key(), rest.offset(), rest.into().asSlice(0, loaded));
            }
            done += loaded;
        }
    }
}
