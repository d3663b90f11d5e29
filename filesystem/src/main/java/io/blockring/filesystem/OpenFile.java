package io.blockring.filesystem;

import io.blockring.meta.FileError;
import org.jspecify.annotations.Nullable;

/** One handle of a file. */
final class OpenFile {
    private final OpenInode inode;
    private final FileSystem.OpenMode mode;
    private final HandleReads reads;

    /** How many slices of the file had been lost when this handle was last told; guarded by the inode's lock. */
    private long failuresTold;

    /** Whether something was written through it; guarded by the inode's lock. */
    private boolean wrote;

    OpenFile(OpenInode inode, FileSystem.OpenMode mode, int blockBytes) {
        this.inode = inode;
        this.mode = mode;
        this.reads = new HandleReads(blockBytes);
        inode.lock().lock();
        try {
            failuresTold = inode.queue().failures();
        } finally {
            inode.lock().unlock();
        }
    }

    OpenInode inode() {
        return inode;
    }

    FileSystem.OpenMode mode() {
        return mode;
    }

    HandleReads reads() {
        return reads;
    }

    /** Takes note of a write through it; called under the inode's lock. */
    void noteWrite() {
        wrote = true;
    }

    /** Says once to each handle that wrote that data of the file was lost since it was opened or last told. */
    void reportLoss() throws FileError {
        FileError loss = takeLoss();
        if (loss != null) {
            throw new FileError(loss.kind(), "data written to inode " + inode.number() + " was lost", loss);
        }
    }

    private @Nullable FileError takeLoss() {
        inode.lock().lock();
        try {
            if (!wrote || failuresTold == inode.queue().failures()) {
                return null;
            }
            failuresTold = inode.queue().failures();
            return inode.queue().lastFailure();
        } finally {
            inode.lock().unlock();
        }
    }
}
