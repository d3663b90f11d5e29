package io.blockring.mount.jobs;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;

/** Sends no faster than the other side takes: what it has not taken would pile up in memory. */
public final class PatientStream<T> {
    /** A listener that takes nothing for so long is given up. */
    private static final Duration SLOWEST_LISTENER = Duration.ofMinutes(5);

    private final ServerCallStreamObserver<T> answer;
    private boolean ended;

    public PatientStream(ServerCallStreamObserver<T> answer) {
        this.answer = answer;
        answer.setOnReadyHandler(this::wake);
        answer.setOnCancelHandler(this::wake);
    }

    private synchronized void wake() {
        notifyAll();
    }

    /** Waits until there is room; false when nobody listens any more. */
    public synchronized boolean send(T message) {
        long deadline = System.nanoTime() + SLOWEST_LISTENER.toNanos();
        while (!answer.isReady() && !answer.isCancelled()) {
            long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
            if (leftMillis <= 0) {
                ended = true;
                answer.onError(Status.DEADLINE_EXCEEDED
                        .withDescription("nothing was taken for " + SLOWEST_LISTENER)
                        .asRuntimeException());
                return false;
            }
            try {
                wait(leftMillis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        if (ended || answer.isCancelled()) {
            return false;
        }
        answer.onNext(message);
        return true;
    }

    public synchronized void complete() {
        if (!ended && !answer.isCancelled()) {
            ended = true;
            answer.onCompleted();
        }
    }

    public synchronized void fail(StatusRuntimeException why) {
        if (!ended && !answer.isCancelled()) {
            ended = true;
            answer.onError(why);
        }
    }
}
