package io.blockring.filesystem;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.SliceRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what the {@link WriteQueue}s want done, each step on a thread of its own, and tells them how it ended.
 *
 * <p>A slice whose commit has an unknown outcome is looked for in the tree before anything else happens to it; when
 * the tree does not say, its blocks stay. Safe for use by many threads.
 */
final class SliceSender {
    private static final Logger LOG = LoggerFactory.getLogger(SliceSender.class);

    /** A commit of unknown outcome is looked for in the tree, and repeated if it is not there, so often. */
    private static final int COMMIT_TRIES = 3;

    /** How long a block waits for its turn to be uploaded; those in front of it end by the store's deadline. */
    private static final long TURN_MINUTES = 10;

    private final FileTree tree;
    private final SliceBlocks blocks;
    private final BufferPool pool;
    private final Executor threads;
    private final KernelPages pages;
    private final Semaphore uploads;
    private final AtomicLong uploadingBytes = new AtomicLong();

    SliceSender(
            FileTree tree,
            SliceBlocks blocks,
            BufferPool pool,
            Executor threads,
            KernelPages pages,
            int uploadsAtOnce) {
        this.tree = tree;
        this.blocks = blocks;
        this.pool = pool;
        this.threads = threads;
        this.pages = pages;
        this.uploads = new Semaphore(uploadsAtOnce);
    }

    /** Bytes of buffers that become free when uploads end. */
    long uploadingBytes() {
        return uploadingBytes.get();
    }

    void perform(OpenInode inode, List<WriteStep> steps) {
        for (WriteStep step : steps) {
            switch (step) {
                case WriteStep.Free(PooledBuffer buffer) -> pool.release(buffer);
                case WriteStep.Name(DirtySlice slice) -> threads.execute(() -> name(inode, slice));
                case WriteStep.Upload upload -> {
                    uploadingBytes.addAndGet(upload.buffer().capacity());
                    threads.execute(() -> upload(inode, upload));
                }
                case WriteStep.Commit(DirtySlice slice) -> threads.execute(() -> commit(inode, slice));
                // Only failures ask for it, and they are told by the threads of this class.
                case WriteStep.Remove(DirtySlice slice) -> remove(inode, slice);
            }
        }
    }

    private void name(OpenInode inode, DirtySlice slice) {
        try {
            long id = tree.newSliceId();
            tell(inode, (queue, steps) -> queue.named(slice, id, steps));
        } catch (FileError | RuntimeException e) {
            FileError error = asFileError("no id for a slice", e);
            tell(inode, (queue, steps) -> queue.failed(slice, -1, error, steps));
        }
    }

    private void upload(OpenInode inode, WriteStep.Upload upload) {
        DirtySlice slice = upload.slice();
        @Nullable FileError error = null;
        try {
            if (!uploads.tryAcquire(TURN_MINUTES, TimeUnit.MINUTES)) {
                throw new IOException("no upload ended in time");
            }
            try {
                blocks.write(upload);
            } finally {
                uploads.release();
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            error = asFileError("block " + upload.index() + " of slice " + slice.id() + " was not written", e);
        } finally {
            uploadingBytes.addAndGet(-upload.buffer().capacity());
        }
        FileError failure = error;
        tell(inode, (queue, steps) -> {
            if (failure == null) {
                queue.uploaded(slice, upload.index(), steps);
            } else {
                queue.failed(slice, upload.index(), failure, steps);
            }
        });
    }

    private void commit(OpenInode inode, DirtySlice slice) {
        SliceRecord record = slice.record();
        FileError error = new FileError(FileError.Kind.IO, "not tried");
        boolean certain = true;
        for (int i = 0; i < COMMIT_TRIES && certain; i++) {
            try {
                Attr attr = tree.append(inode.number(), slice.chunk(), record, slice.mtime());
                recorded(inode, slice, attr);
                return;
            } catch (FileError | RuntimeException e) {
                error = asFileError("slice " + slice.id() + " was not recorded", e);
            }
            if (error.kind() != FileError.Kind.IO) {
                break;
            }
            switch (outcome(inode, slice.chunk(), record)) {
                case RECORDED -> {
                    recorded(inode, slice, null);
                    return;
                }
                case ABSENT -> certain = true;
                case UNKNOWN -> certain = false;
            }
        }
        refuse(inode, slice, error, certain);
    }

    private enum Outcome {
        RECORDED,
        ABSENT,
        UNKNOWN
    }

    /** Whether the tree has the record of a commit that did not say how it ended. */
    private Outcome outcome(OpenInode inode, int chunk, SliceRecord record) {
        try {
            return tree.slices(inode.number(), chunk).contains(record) ? Outcome.RECORDED : Outcome.ABSENT;
        } catch (FileError | RuntimeException e) {
            LOG.warn("nobody knows whether slice {} of inode {} was recorded", record.sliceId(), inode.number(), e);
            return Outcome.UNKNOWN;
        }
    }

    private void recorded(OpenInode inode, DirtySlice slice, @Nullable Attr attr) {
        tell(inode, (queue, steps) -> {
            inode.committed(slice, attr);
            queue.committed(slice, steps);
        });
    }

    private void refuse(OpenInode inode, DirtySlice slice, FileError error, boolean certain) {
        tell(inode, (queue, steps) -> {
            inode.forgetViews();
            queue.refused(slice, error, certain, steps);
        });
        if (!certain) {
            pages.drop(inode.number(), slice.start(), slice.end() - slice.start());
        }
    }

    /** Deletes what the store may have of a lost slice, and lets the kernel forget what it shows of it. */
    private void remove(OpenInode inode, DirtySlice slice) {
        pages.drop(inode.number(), slice.start(), slice.end() - slice.start());
        blocks.remove(slice);
    }

    private interface Message {
        void to(WriteQueue queue, List<WriteStep> steps);
    }

    private void tell(OpenInode inode, Message message) {
        List<WriteStep> steps = new ArrayList<>();
        inode.lock().lock();
        try {
            message.to(inode.queue(), steps);
            inode.queueMoved().signalAll();
        } finally {
            inode.lock().unlock();
        }
        perform(inode, steps);
    }

    private static FileError asFileError(String what, Exception cause) {
        return cause instanceof FileError error ? error : new FileError(FileError.Kind.IO, what + ": " + cause, cause);
    }
}
