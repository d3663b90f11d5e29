package io.blockring.mount.jobs;

import io.blockring.meta.FileError;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.proto.jobs.JobRequest;

/** The one table from requests to jobs. */
public final class VolumeJobs implements JobRunner {
    private final OpenVolume volume;

    public VolumeJobs(OpenVolume volume) {
        this.volume = volume;
    }

    @Override
    public void run(JobRequest request, JobListener listener) throws FileError, ObjectStoreException {
        switch (request.getJobCase()) {
            case INFO -> InodeInfos.run(volume, request.getInfo(), listener);
            case CLONE -> TreeChanges.clone(volume, request.getClone(), listener);
            case REMOVE_TREE -> TreeChanges.remove(volume, request.getRemoveTree(), listener);
            case RESTORE -> TreeChanges.restore(volume, request.getRestore(), listener);
            case COMPACT -> TreeChanges.compact(volume, request.getCompact(), listener);
            case USAGE -> TreeUsages.run(volume, request.getUsage(), listener);
            case SET_QUOTA -> QuotaJobs.set(volume, request.getSetQuota(), listener);
            case GET_QUOTA -> QuotaJobs.get(volume, request.getGetQuota(), listener);
            case LIST_QUOTAS -> QuotaJobs.list(volume, listener);
            case REMOVE_QUOTA -> QuotaJobs.remove(volume, request.getRemoveQuota());
            case CHECK_QUOTAS -> QuotaJobs.check(volume, request.getCheckQuotas(), listener);
            case FSCK -> Fsck.run(volume, request.getFsck(), listener);
            case GC -> Gc.run(volume, request.getGc(), listener);
            case DUMP -> MetaJobs.dump(volume.tree().engine(), request.getDump(), listener);
            case SETTING -> MetaJobs.change(volume.tree().writableEngine(), request.getSetting(), listener);
            case SESSIONS -> MetaJobs.sessions(volume.tree().engine(), listener);
            case JOB_NOT_SET ->
                throw new FileError(FileError.Kind.NOT_SUPPORTED, "the mount is of a version that knows no such job");
        }
    }

    /** The volume stays open: whoever opened it closes it. */
    @Override
    public void close() {}
}
