package io.blockring.filesystem;

import io.blockring.meta.AccessTimes;
import io.blockring.meta.Attr;
import io.blockring.meta.AttrChange;
import io.blockring.meta.Caller;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.Timestamp;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes files: brings callers and the clock to the {@link WriteQueue} of each inode.
 *
 * <p>No lock is held while it waits; a wait ends at the deadline of {@link FileSystemLimits}. Safe for use by many
 * threads.
 */
final class FileWriter {
    private static final Logger LOG = LoggerFactory.getLogger(FileWriter.class);

    /** How long a write waits for memory before it looks again whose data to push out. */
    private static final long RELIEF_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** When less than this part of the memory is on its way to the store, data that still grows is pushed out. */
    private static final int RELIEF_PART = 4;

    private final FileTree tree;
    private final SliceSender sender;
    private final BufferPool pool;
    private final Clocks clocks;
    private final KernelPages pages;
    private final long deadlineNanos;
    private final Set<OpenInode> dirty = ConcurrentHashMap.newKeySet();

    /** Who must know that an inode has nothing left to write. */
    @FunctionalInterface
    interface CleanListener {
        void clean(OpenInode inode);
    }

    FileWriter(
            FileTree tree,
            SliceSender sender,
            BufferPool pool,
            Clocks clocks,
            KernelPages pages,
            FileSystemLimits limits) {
        this.tree = tree;
        this.sender = sender;
        this.pool = pool;
        this.clocks = clocks;
        this.pages = pages;
        this.deadlineNanos = limits.flushDeadline().toNanos();
    }

    /** Something that is done while nobody else changes the file. */
    @FunctionalInterface
    private interface Change<T> {
        T run() throws FileError;
    }

    /** Runs {@code change} in its turn among the writes, truncates and other changes of the file. */
    private <T> T inTurn(OpenInode inode, Change<T> change) throws FileError {
        try {
            if (!inode.turn().tryAcquire(deadlineNanos, TimeUnit.NANOSECONDS)) {
                throw new FileError(FileError.Kind.IO, "no turn to change inode " + inode.number() + " in time");
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        try {
            return change.run();
        } finally {
            inode.turn().release();
        }
    }

    /** Changes attributes; times are set behind all data that was written before, which would set its own. */
    Attr change(Caller caller, OpenInode inode, AttrChange change) throws FileError {
        if (change.atime() == null && change.mtime() == null && change.ctime() == null) {
            return changeNow(caller, inode, change);
        }
        return inTurn(inode, () -> {
            flush(inode);
            if (change.atime() != null) {
                inode.forgetAccess();
            }
            return changeNow(caller, inode, change);
        });
    }

    /** Records the read that waits for it, unless the time of access was set since. */
    void recordAccess(OpenInode inode, AccessTimes times) throws FileError {
        inTurn(inode, () -> {
            Timestamp at = inode.access();
            if (at != null) {
                inode.endAccess(tree.accessed(inode.number(), at, times));
            }
            return inode;
        });
    }

    private Attr changeNow(Caller caller, OpenInode inode, AttrChange change) throws FileError {
        long before = inode.ownChanges();
        Attr learned = inode.learn(tree.change(caller, inode.number(), change), before);
        return learned != null ? learned : inode.attributes(() -> tree.attributes(inode.number()));
    }

    /** Makes the file {@code length} bytes long, behind all data that was written before. */
    Attr truncate(Caller caller, OpenInode inode, long length) throws FileError {
        return inTurn(inode, () -> truncateNow(caller, inode, length));
    }

    /** Makes the file at least {@code length} bytes long. */
    Attr grow(OpenInode inode, long length) throws FileError {
        return inTurn(inode, () -> {
            Attr attr = inode.attributes(() -> tree.attributes(inode.number()));
            return attr.length() >= length ? attr : truncateNow(Caller.ROOT, inode, length);
        });
    }

    private Attr truncateNow(Caller caller, OpenInode inode, long length) throws FileError {
        flush(inode);
        return inTree(inode, () -> inode.changed(tree.truncate(caller, inode.number(), length)));
    }

    /** Changes what the tree has of the file's data; where that fails, it may have been done all the same. */
    private <T> T inTree(OpenInode inode, Change<T> change) throws FileError {
        pages.forget(inode.number());
        try {
            return change.run();
        } catch (FileError e) {
            inode.forgetViews();
            throw e;
        }
    }

    /** Makes bytes of a file zeros, behind all data that was written before. */
    Attr zeroRange(OpenInode inode, long offset, long length, boolean keepSize) throws FileError {
        return inTurn(inode, () -> {
            flush(inode);
            return inTree(inode, () -> inode.changed(tree.zeroRange(inode.number(), offset, length, keepSize)));
        });
    }

    /** Makes bytes of one file bytes of another, behind all data that was written to both before. */
    long copyRange(OpenInode source, long sourceOffset, OpenInode target, long targetOffset, long length)
            throws FileError {
        flush(source);
        return inTurn(target, () -> {
            flush(target);
            return inTree(target, () -> {
                FileTree.Copied copied =
                        tree.copyRange(source.number(), sourceOffset, target.number(), targetOffset, length);
                target.changed(copied.target());
                return copied.bytes();
            });
        });
    }

    /** Takes all of {@code from}, at {@code offset} or, in append mode, at the end of the file. */
    int write(OpenFile file, long offset, MemorySegment from) throws FileError {
        return inTurn(file.inode(), () -> {
            long start = file.mode().append() ? endOf(file.inode()) : offset;
            if (start > VolumeFileSystem.MAX_FILE_BYTES - from.byteSize()) {
                throw new FileError(
                        FileError.Kind.TOO_LARGE, "a file of more than " + VolumeFileSystem.MAX_FILE_BYTES + " bytes");
            }
            return take(file, start, from);
        });
    }

    private static long endOf(OpenInode inode) {
        inode.lock().lock();
        try {
            return inode.length();
        } finally {
            inode.lock().unlock();
        }
    }

    private int take(OpenFile file, long start, MemorySegment from) throws FileError {
        OpenInode inode = file.inode();
        long deadline = System.nanoTime() + deadlineNanos;
        pages.forget(inode.number());
        @Nullable PooledBuffer spare = null;
        int taken = 0;
        try {
            while (taken < from.byteSize()) {
                switch (offer(file, start + taken, from.asSlice(taken), spare)) {
                    case WriteQueue.Answer.Took(int bytes, boolean spareUsed) -> {
                        taken += bytes;
                        spare = spareUsed ? null : spare;
                    }
                    case WriteQueue.Answer.NeedsBuffer(int bytes) -> {
                        if (spare != null) {
                            pool.release(spare);
                            spare = null;
                        }
                        spare = buffer(bytes, deadline);
                    }
                    case WriteQueue.Answer.NeedsCommit() -> awaitMove(inode, deadline);
                }
            }
            return taken;
        } catch (FileError e) {
            if (taken > 0) {
                LOG.debug("inode {}: {} of {} bytes taken", inode.number(), taken, from.byteSize(), e);
                return taken;
            }
            throw e;
        } finally {
            if (spare != null) {
                pool.release(spare);
            }
        }
    }

    private WriteQueue.Answer offer(OpenFile file, long offset, MemorySegment from, @Nullable PooledBuffer spare) {
        OpenInode inode = file.inode();
        List<WriteStep> steps = new ArrayList<>();
        WriteQueue.Answer answer;
        inode.lock().lock();
        try {
            file.noteWrite();
            answer = inode.queue().write(offset, from, spare, clocks.nanos().getAsLong(), now(), steps);
            dirty.add(inode);
        } finally {
            inode.lock().unlock();
        }
        sender.perform(inode, steps);
        return answer;
    }

    private PooledBuffer buffer(int bytes, long deadline) throws FileError {
        PooledBuffer buffer = pool.tryAcquire(bytes);
        try {
            while (buffer == null) {
                if (System.nanoTime() - deadline >= 0) {
                    throw new FileError(FileError.Kind.IO, "the object store takes no data: no memory for a write");
                }
                relieve();
                buffer = pool.acquire(bytes, RELIEF_NANOS);
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        return buffer;
    }

    /** Pushes out the data that was not touched for longest, if nothing on its way will free memory by itself. */
    private void relieve() {
        long wanted = pool.limitBytes() / RELIEF_PART - sender.uploadingBytes();
        if (wanted <= 0) {
            return;
        }
        record Waiting(OpenInode inode, long bytes, long writtenNanos) {}
        List<Waiting> waiting = new ArrayList<>();
        for (OpenInode inode : dirty) {
            inode.lock().lock();
            try {
                long bytes = inode.queue().unsealedBytes();
                if (bytes > 0) {
                    waiting.add(new Waiting(
                            inode, bytes, inode.queue().slices().getLast().writtenNanos()));
                }
            } finally {
                inode.lock().unlock();
            }
        }
        waiting.sort(Comparator.comparingLong(Waiting::writtenNanos));
        for (Waiting one : waiting) {
            if (wanted <= 0) {
                return;
            }
            freezeAll(one.inode());
            wanted -= one.bytes();
        }
    }

    /** Makes all that was written so far durable and recorded, or given up; losses are told by the handles. */
    void flush(OpenInode inode) throws FileError {
        flush(inode, deadlineNanos);
    }

    private void flush(OpenInode inode, long waitNanos) throws FileError {
        long last = freezeAll(inode);
        long left = waitNanos;
        try {
            inode.lock().lockInterruptibly();
            try {
                while (!inode.queue().isSettled(last)) {
                    if (left <= 0) {
                        throw new FileError(FileError.Kind.IO, "inode " + inode.number() + " was not written in time");
                    }
                    left = inode.queueMoved().awaitNanos(left);
                }
            } finally {
                inode.lock().unlock();
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Flushes all files, as far as that is possible in the time that one may take. */
    void flushAll() {
        long deadline = System.nanoTime() + deadlineNanos;
        List<OpenInode> all = List.copyOf(dirty);
        all.forEach(this::freezeAll);
        for (OpenInode inode : all) {
            try {
                flush(inode, deadline - System.nanoTime());
            } catch (FileError e) {
                LOG.error("data of inode {} was not written", inode.number(), e);
            }
        }
    }

    /** Looks at the clock on behalf of all data that is not yet recorded. */
    void tick(CleanListener cleaned) {
        for (OpenInode inode : List.copyOf(dirty)) {
            List<WriteStep> steps = new ArrayList<>();
            inode.lock().lock();
            try {
                boolean writing = inode.turn().availablePermits() == 0;
                inode.queue().tick(clocks.nanos().getAsLong(), writing, steps);
                if (inode.queue().isEmpty()) {
                    dirty.remove(inode);
                }
            } finally {
                inode.lock().unlock();
            }
            sender.perform(inode, steps);
            cleaned.clean(inode);
        }
    }

    private long freezeAll(OpenInode inode) {
        List<WriteStep> steps = new ArrayList<>();
        long newest;
        inode.lock().lock();
        try {
            inode.queue().freezeAll(steps);
            newest = inode.queue().newest();
        } finally {
            inode.lock().unlock();
        }
        sender.perform(inode, steps);
        return newest;
    }

    private void awaitMove(OpenInode inode, long deadline) throws FileError {
        try {
            inode.lock().lockInterruptibly();
            try {
                long left = deadline - System.nanoTime();
                while (inode.queue().slices().size() >= WriteQueue.MAX_SLICES) {
                    if (left <= 0) {
                        throw new FileError(FileError.Kind.IO, "inode " + inode.number() + ": no slice was committed");
                    }
                    left = inode.queueMoved().awaitNanos(left);
                }
            } finally {
                inode.lock().unlock();
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private Timestamp now() {
        return Timestamp.of(clocks.wall().instant());
    }

    private static FileError interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new FileError(FileError.Kind.INTERRUPTED, "interrupted", cause);
    }
}
