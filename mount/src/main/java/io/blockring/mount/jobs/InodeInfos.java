package io.blockring.mount.jobs;

import io.blockring.meta.Entry;
import io.blockring.meta.FileError;
import io.blockring.proto.jobs.InfoJob;
import io.blockring.proto.jobs.InodeInfo;
import io.blockring.proto.jobs.JobEvent;
import java.util.Locale;

/** What is at a path. */
final class InodeInfos {
    private InodeInfos() {}

    static void run(OpenVolume volume, InfoJob job, JobListener listener) throws FileError {
        Entry found = VolumePath.find(volume.tree(), job.getPath().toByteArray());
        listener.hear(JobEvent.newBuilder()
                .setInode(InodeInfo.newBuilder()
                        .setInode(found.inode())
                        .setType(found.attr().type().name().toLowerCase(Locale.ROOT))
                        .setLength(found.attr().length())
                        .setLinks(found.attr().nlink()))
                .build());
    }
}
