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
            case JOB_NOT_SET ->
                throw new FileError(FileError.Kind.NOT_SUPPORTED, "the mount is of a version that knows no such job");
        }
    }

    /** The volume stays open: whoever opened it closes it. */
    @Override
    public void close() {}
}
