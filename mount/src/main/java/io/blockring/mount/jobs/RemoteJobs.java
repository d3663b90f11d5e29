package io.blockring.mount.jobs;

import io.blockring.meta.FileError;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.JobRequest;
import io.blockring.proto.jobs.VolumeJobsGrpc;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;

/** Jobs in the process behind a mount. */
public final class RemoteJobs implements JobRunner {
    /** A tree of a hundred million files is gone through in less. */
    private static final Duration LIMIT = Duration.ofHours(24);

    private final ManagedChannel channel;

    /** Over a channel to the control socket of a mount, which this closes. */
    public RemoteJobs(ManagedChannel channel) {
        this.channel = channel;
    }

    @Override
    public void run(JobRequest request, JobListener listener) throws FileError, ObjectStoreException {
        try (Context.CancellableContext call = Context.current().withCancellation()) {
            Context before = call.attach();
            try {
                Iterator<JobEvent> events = VolumeJobsGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                        .run(request);
                while (events.hasNext() && listener.hear(events.next())) {}
            } finally {
                call.detach(before);
            }
        } catch (StatusRuntimeException e) {
            throw JobFailures.received(e);
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
