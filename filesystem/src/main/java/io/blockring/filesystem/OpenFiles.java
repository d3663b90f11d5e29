package io.blockring.filesystem;

import io.blockring.meta.FileError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The handles of files, and the inodes that are open or in use. Safe for use by many threads. */
final class OpenFiles {
    private final int blockBytes;
    private final Map<Long, OpenInode> inodes = new ConcurrentHashMap<>();
    private final Map<Long, OpenFile> files = new ConcurrentHashMap<>();
    private final AtomicLong lastHandle = new AtomicLong();

    OpenFiles(int blockBytes) {
        this.blockBytes = blockBytes;
    }

    /** The inode, for one user more, who must {@link #leave} it. */
    OpenInode enter(long number) {
        return inodes.compute(number, (_, known) -> {
            OpenInode inode = known != null ? known : new OpenInode(number, blockBytes);
            inode.use(1);
            return inode;
        });
    }

    /** Ends one use; what nobody uses and has nothing left to write is forgotten. */
    void leave(OpenInode inode) {
        inodes.computeIfPresent(inode.number(), (_, known) -> {
            known.use(-1);
            return known.users() == 0 && known.isWritten() ? null : known;
        });
    }

    /** Forgets an inode that nobody uses and whose last data has been written meanwhile. */
    void forgetUnused(OpenInode inode) {
        inodes.computeIfPresent(
                inode.number(), (_, known) -> known == inode && known.users() == 0 && known.isWritten() ? null : known);
    }

    /** The inode if somebody uses it. */
    @Nullable
    OpenInode find(long number) {
        return inodes.get(number);
    }

    /** Makes a handle for a user of the inode. */
    long open(OpenInode inode, FileSystem.OpenMode mode) {
        long handle = lastHandle.incrementAndGet();
        files.put(handle, new OpenFile(inode, mode, blockBytes));
        return handle;
    }

    OpenFile file(long handle) throws FileError {
        OpenFile file = files.get(handle);
        if (file == null) {
            throw new FileError(FileError.Kind.BAD_HANDLE, "no open file has handle " + handle);
        }
        return file;
    }

    /** Takes a handle out; null when there is none, or somebody took it before. */
    @Nullable
    OpenFile close(long handle) {
        return files.remove(handle);
    }

    List<Long> handles() {
        return new ArrayList<>(files.keySet());
    }
}
