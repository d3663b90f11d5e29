package io.blockring.filesystem;

import io.blockring.meta.Attr;
import io.blockring.meta.Timestamp;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which version of each file the kernel's pages hold, for as many files as there is room; of the others nothing is
 * known and their pages are dropped. Safe for use by many threads.
 */
final class KernelPages {
    static final int MAX_FILES = 1 << 16;

    /** What tells two versions of a file apart, by equality alone: clocks of other machines may go back. */
    record Version(Timestamp mtime, Timestamp ctime, long length) {
        static Version of(Attr attr) {
            return new Version(attr.mtime(), attr.ctime(), attr.length());
        }
    }

    private final Map<Long, Version> versions = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Version> eldest) {
            return size() > MAX_FILES;
        }
    };
    private FileSystem.@Nullable KernelCache kernel;

    synchronized void tell(FileSystem.@Nullable KernelCache newKernel) {
        kernel = newKernel;
    }

    /** Whether the pages hold the version that is being opened; what is not that version is dropped, so then they do. */
    boolean hold(OpenInode inode, Attr opened) {
        var version = Version.of(opened);
        Version held;
        FileSystem.KernelCache told;
        synchronized (this) {
            held = versions.get(inode.number());
            if (!inode.isQuiet()) {
                versions.remove(inode.number());
                return false;
            }
            versions.put(inode.number(), version);
            told = kernel;
        }
        if (held != null && !version.equals(held) && told != null) {
            told.forgetInode(inode.number(), 0, 0);
        }
        return version.equals(held);
    }

    /** Takes note that the file is being changed here, so that its pages hold no version that the tree has. */
    synchronized void forget(long inode) {
        versions.remove(inode);
    }

    /** Drops pages that show data which was lost. */
    void drop(long inode, long offset, long length) {
        FileSystem.KernelCache told;
        synchronized (this) {
            versions.remove(inode);
            told = kernel;
        }
        if (told != null) {
            told.forgetInode(inode, offset, length);
        }
    }
}
