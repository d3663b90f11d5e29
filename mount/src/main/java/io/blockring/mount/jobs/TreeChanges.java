package io.blockring.mount.jobs;

import io.blockring.meta.Caller;
import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import io.blockring.meta.tree.CloneOptions;
import io.blockring.meta.tree.TreeJobs;
import io.blockring.proto.jobs.CloneJob;
import io.blockring.proto.jobs.CompactJob;
import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.RemoveTreeJob;
import io.blockring.proto.jobs.RestoreJob;
import io.blockring.proto.jobs.TreeChange;
import java.util.ArrayList;
import java.util.List;

/** Jobs that change whole trees. They have all rights: whoever can ask for them can open the metadata. */
final class TreeChanges {
    private TreeChanges() {}

    static void clone(OpenVolume volume, CloneJob job, JobListener listener) throws FileError {
        Entry source = VolumePath.find(volume.tree(), job.getSource().toByteArray());
        VolumePath.Place target =
                VolumePath.place(volume.tree(), job.getTarget().toByteArray());
        TreeJobs.Cloned cloned = volume.tree()
                .jobs()
                .clone(
                        new Caller(job.getUid(), job.getGid(), List.of(), 0),
                        source.inode(),
                        target.directory(),
                        target.name(),
                        new CloneOptions(job.getPreserve(), job.getUmask(), threads(job.getThreads())),
                        new WatchedJob("entries", volume, listener));
        tell(
                listener,
                TreeChange.newBuilder()
                        .setInode(cloned.inode())
                        .setEntries(cloned.entries())
                        .setBytes(cloned.bytes()));
    }

    static void remove(OpenVolume volume, RemoveTreeJob job, JobListener listener) throws FileError {
        VolumePath.Place place = VolumePath.place(volume.tree(), job.getPath().toByteArray());
        TreeJobs.Removed removed = volume.tree()
                .jobs()
                .remove(
                        Caller.ROOT,
                        place.directory(),
                        place.name(),
                        job.getSkipTrash(),
                        threads(job.getThreads()),
                        new WatchedJob("entries", "/" + job.getPath().toStringUtf8(), volume, listener));
        tell(listener, TreeChange.newBuilder().setEntries(removed.removed()).setFailed(removed.failed()));
    }

    static void restore(OpenVolume volume, RestoreJob job, JobListener listener) throws FileError {
        var hours = new ArrayList<Name>();
        for (String hour : job.getHoursList()) {
            hours.add(Name.of(hour));
        }
        // Failures name entries of the trash.
        TreeJobs.Restored restored = volume.tree()
                .jobs()
                .restore(
                        hours,
                        job.getPutBack(),
                        threads(job.getThreads()),
                        new WatchedJob("entries", volume, listener));
        tell(
                listener,
                TreeChange.newBuilder()
                        .setEntries(restored.restored())
                        .setWaiting(restored.waiting())
                        .setTaken(restored.taken())
                        .setFailed(restored.failed()));
    }

    static void compact(OpenVolume volume, CompactJob job, JobListener listener) throws FileError {
        Entry top = VolumePath.find(volume.tree(), job.getPath().toByteArray());
        TreeJobs.Compacted compacted = volume.tree()
                .jobs()
                .compact(
                        top.inode(),
                        threads(job.getThreads()),
                        new WatchedJob("files", "/" + job.getPath().toStringUtf8(), volume, listener));
        tell(
                listener,
                TreeChange.newBuilder()
                        .setEntries(compacted.files())
                        .setChunks(compacted.chunks())
                        .setSlicesBefore(compacted.slicesBefore())
                        .setSlicesAfter(compacted.slicesAfter())
                        .setFailed(compacted.failed()));
    }

    static int threads(int asked) {
        return asked > 0 ? asked : TreeJobs.THREADS;
    }

    private static void tell(JobListener listener, TreeChange.Builder change) {
        listener.hear(JobEvent.newBuilder().setChange(change).build());
    }
}
