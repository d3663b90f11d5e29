package io.blockring.mount.jobs;

import io.blockring.meta.FileError;
import io.blockring.meta.volume.Volume;
import io.blockring.proto.jobs.JobRequest;

/** Jobs on the records of a volume that this process has opened without a session; its store is not needed. */
public final class RecordJobs implements JobRunner {
    private final Volume volume;

    /** Closes the volume when it is closed. */
    public RecordJobs(Volume volume) {
        this.volume = volume;
    }

    @Override
    public void run(JobRequest request, JobListener listener) throws FileError {
        switch (request.getJobCase()) {
            case DUMP -> MetaJobs.dump(volume.engine(), request.getDump(), listener);
            case SETTING -> MetaJobs.change(volume.engine(), request.getSetting(), listener);
            case SESSIONS -> MetaJobs.sessions(volume.engine(), listener);
            default -> throw new IllegalArgumentException("needs a session: " + request.getJobCase());
        }
    }

    @Override
    public void close() {
        volume.close();
    }
}
