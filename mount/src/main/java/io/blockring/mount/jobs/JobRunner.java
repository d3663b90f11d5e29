package io.blockring.mount.jobs;

import io.blockring.meta.FileError;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.proto.jobs.JobRequest;

/** Does jobs on one volume, here or in the process that holds it. */
public interface JobRunner extends AutoCloseable {
    /**
     * Does a job, and returns when it is done or its listener no longer listens.
     *
     * @throws FileError as the job failed, wherever it ran; IO when the process that holds the volume is gone
     * @throws ObjectStoreException the volume's object store failed the job
     */
    void run(JobRequest request, JobListener listener) throws FileError, ObjectStoreException;

    @Override
    void close();
}
