package io.blockring.mount.jobs;

import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.meta.tree.TreeJobs;
import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.TreeSum;
import io.blockring.proto.jobs.TreeUsage;
import io.blockring.proto.jobs.UsageJob;
import java.util.Locale;

/** How much trees hold. */
final class TreeUsages {
    private TreeUsages() {}

    static void run(OpenVolume volume, UsageJob job, JobListener listener) throws FileError {
        Entry top = VolumePath.find(volume.tree(), job.getPath().toByteArray());
        var question = new TreeJobs.Question(
                job.getDepth(), job.getTop(), job.getStrict(), TreeChanges.threads(job.getThreads()));
        TreeJobs.TreeEntry found =
                volume.tree().jobs().usage(top.inode(), question, new WatchedJob("entries", volume, listener));
        listener.hear(JobEvent.newBuilder().setUsage(message(found)).build());
    }

    private static TreeUsage message(TreeJobs.TreeEntry entry) {
        var message = TreeUsage.newBuilder()
                .setPath(entry.path())
                .setType(entry.type().name().toLowerCase(Locale.ROOT))
                .setSum(message(entry.sum()))
                .setOthers(message(entry.others()));
        entry.below().forEach(below -> message.addBelow(message(below)));
        return message.build();
    }

    static TreeSum message(io.blockring.meta.tree.TreeSum sum) {
        return TreeSum.newBuilder()
                .setFiles(sum.files())
                .setDirectories(sum.directories())
                .setLength(sum.length())
                .setSpace(sum.space())
                .build();
    }
}
