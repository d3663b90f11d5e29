package io.blockring.mount.jobs;

import io.blockring.filesystem.FileSystem;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.tree.VolumeTree;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.VolumeLayout;

/**
 * What a job works on.
 *
 * @param tree the metadata, below all that a mount may keep of them
 * @param kernel what the kernel keeps of the volume, to be told of changes; without a mount it hears nothing
 */
public record OpenVolume(
        VolumeTree tree, VolumeFormat format, ObjectStore store, VolumeLayout layout, FileSystem.KernelCache kernel) {
    /** For a volume that no kernel looks at from this process. */
    public static final FileSystem.KernelCache NO_KERNEL = new FileSystem.KernelCache() {
        @Override
        public void forgetInode(long inode, long offset, long length) {}

        @Override
        public void forgetEntry(long parent, io.blockring.meta.Name name) {}
    };
}
