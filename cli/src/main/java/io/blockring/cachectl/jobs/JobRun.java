package io.blockring.cachectl.jobs;

import io.blockring.cachectl.StatusLine;
import io.blockring.meta.FileError;
import io.blockring.mount.jobs.JobRunner;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.JobProgress;
import io.blockring.proto.jobs.JobRequest;
import java.util.function.Consumer;

/** Runs one job and shows how far it is. */
final class JobRun {
    private final String name;
    private volatile JobProgress progress = JobProgress.getDefaultInstance();

    private JobRun(String name) {
        this.name = name;
    }

    /** Runs a job called {@code name} on the progress line; {@code events} hears all but its progress. */
    static void run(String name, JobRunner runner, JobRequest request, Consumer<JobEvent> events)
            throws FileError, ObjectStoreException {
        var run = new JobRun(name);
        try (StatusLine _ = StatusLine.show(run::text)) {
            runner.run(request, event -> {
                if (event.hasProgress()) {
                    run.progress = event.getProgress();
                } else {
                    events.accept(event);
                }
                return true;
            });
        }
    }

    private String text() {
        JobProgress now = progress;
        if (now.getUnit().isEmpty()) {
            return "";
        }
        String total = now.getTotal() > 0 ? " of " + now.getTotal() : "";
        return "%s: %d%s %s".formatted(name, now.getDone(), total, now.getUnit());
    }
}
