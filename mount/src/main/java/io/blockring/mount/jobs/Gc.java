package io.blockring.mount.jobs;

import io.blockring.meta.FileError;
import io.blockring.meta.check.LeakedObjects;
import io.blockring.meta.engine.MetaEngine;
import io.blockring.meta.tree.Leftovers;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.proto.jobs.GcJob;
import io.blockring.proto.jobs.GcResult;
import io.blockring.proto.jobs.JobEvent;
import java.io.IOException;

/** Finds what nobody needs any more, and takes it away where it is told to. */
final class Gc {
    private Gc() {}

    static void run(OpenVolume volume, GcJob job, JobListener listener) throws FileError, ObjectStoreException {
        boolean writes = job.getDelete() || job.getCompact();
        MetaEngine engine =
                writes ? volume.tree().writableEngine() : volume.tree().engine();
        var result = GcResult.newBuilder();
        Leftovers leftovers = volume.tree().leftovers();
        count(result, leftovers.count());
        result.setAbandonedClones(volume.tree().jobs().abandonedClones());
        if (job.getCompact()) {
            result.setCompactedChunks(leftovers.compact(done -> listener.progress("chunks", done, 0)));
        }
        if (job.getDelete()) {
            leftovers.delete();
            volume.tree().jobs().deleteAbandonedClones(new WatchedJob("entries", volume, listener));
        }
        var blocks = new StoredBlocks(
                volume.store(), volume.layout(), volume.format().uuid(), job.getDelete());
        try (LeakedObjects found = LeakedObjects.find(engine, blocks, new JobFindings(engine.reads(), listener))) {
            if (job.getDelete()) {
                result.setDeletedBytes(found.delete());
            }
            result.setObjects(found.listed())
                    .setUsedObjects(found.used())
                    .setYoungObjects(found.young())
                    .setUnknownObjects(found.unknown())
                    .setLeakedObjects(found.leaked())
                    .setLeakedBytes(found.leakedBytes());
        } catch (IOException e) {
            throw StoreFailures.of(e);
        }
        listener.hear(JobEvent.newBuilder().setGc(result).build());
    }

    private static void count(GcResult.Builder result, Leftovers.Found found) {
        result.setDeadSlices(found.deadSlices())
                .setDeadBytes(found.deadBytes())
                .setKeptSlices(found.keptSlices())
                .setKeptBytes(found.keptBytes())
                .setDueSlices(found.dueSlices())
                .setDueBytes(found.dueBytes())
                .setDeletedFiles(found.deletedFiles())
                .setDeletedFileBytes(found.deletedBytes());
    }
}
