package io.blockring.mount.jobs;

import io.blockring.meta.FileError;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.proto.jobs.JobEvent;
import io.blockring.proto.jobs.JobRequest;
import io.blockring.proto.jobs.VolumeJobsGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does the jobs that others on this machine ask a mount for, by its control socket. */
public final class JobService extends VolumeJobsGrpc.VolumeJobsImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(JobService.class);

    private final JobRunner jobs;

    public JobService(JobRunner jobs) {
        this.jobs = jobs;
    }

    @Override
    public void run(JobRequest request, StreamObserver<JobEvent> answer) {
        var listener = new PatientStream<>((ServerCallStreamObserver<JobEvent>) answer);
        // On a thread of its own: while this method runs, gRPC does not tell when the listener has room again.
        Thread.ofVirtual().name("mount-job").start(() -> run(request, listener));
    }

    private void run(JobRequest request, PatientStream<JobEvent> listener) {
        try {
            jobs.run(request, listener::send);
            listener.complete();
        } catch (FileError e) {
            listener.fail(JobFailures.sent(e));
        } catch (ObjectStoreException e) {
            listener.fail(JobFailures.sent(e));
        } catch (RuntimeException e) {
            LOG.error("a job broke off", e);
            listener.fail(JobFailures.sent(new FileError(FileError.Kind.IO, "the job broke off: " + e)));
        }
    }
}
