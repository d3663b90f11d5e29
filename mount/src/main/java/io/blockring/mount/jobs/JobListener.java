package io.blockring.mount.jobs;

import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.JobFinding;
import io.blockring.proto.jobs.JobProgress;

/** Hears of a job while it runs. For one thread at a time. */
@FunctionalInterface
public interface JobListener {
    /** Takes an event, and may wait until there is room for it; false when nobody listens any more: the job ends. */
    boolean hear(JobEvent event);

    /** Tells how far the job is; {@code total} is 0 while it is not known. */
    default boolean progress(String unit, long done, long total) {
        return hear(JobEvent.newBuilder()
                .setProgress(
                        JobProgress.newBuilder().setUnit(unit).setDone(done).setTotal(total))
                .build());
    }

    default boolean found(JobFinding finding) {
        return hear(JobEvent.newBuilder().setFinding(finding).build());
    }
}
