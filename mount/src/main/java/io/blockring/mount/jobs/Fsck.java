package io.blockring.mount.jobs;

import io.blockring.meta.FileError;
import io.blockring.meta.FileTree;
import io.blockring.meta.check.BlockCheck;
import io.blockring.meta.check.TreeCheck;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.proto.jobs.FsckJob;
import io.blockring.proto.jobs.FsckResult;
import io.blockring.proto.jobs.JobEvent;
import java.io.IOException;

/** Checks a volume, or the files below a path. */
final class Fsck {
    private Fsck() {}

    static void run(OpenVolume volume, FsckJob job, JobListener listener) throws FileError, ObjectStoreException {
        MetaEngine engine =
                job.getRepair() ? volume.tree().writableEngine() : volume.tree().engine();
        var findings = new JobFindings(engine.reads(), listener);
        var blocks = new StoredBlocks(
                volume.store(), volume.layout(), volume.format().uuid(), false);
        int blockBytes = volume.format().blockBytes();
        long top = VolumePath.find(volume.tree(), job.getPath().toByteArray()).inode();
        var result = FsckResult.newBuilder();
        try {
            BlockCheck.Result data;
            if (top == FileTree.ROOT) {
                TreeCheck.Result tree =
                        TreeCheck.all(engine, volume.tree().countsDirectories(), job.getRepair(), findings);
                result.setEntries(tree.inodes()).setBroken(tree.broken()).setRepaired(tree.repaired());
                data = BlockCheck.all(engine, blocks, blockBytes, findings);
            } else {
                data = BlockCheck.below(engine, top, blocks, blockBytes, findings);
            }
            result.setObjects(data.objects())
                    .setChunks(data.chunks())
                    .setBrokenFiles(data.brokenFiles())
                    .setLostBlocks(data.lostBlocks())
                    .setLostBytes(data.lostBytes());
        } catch (IOException e) {
            throw StoreFailures.of(e);
        }
        listener.hear(JobEvent.newBuilder().setFsck(result).build());
    }
}
