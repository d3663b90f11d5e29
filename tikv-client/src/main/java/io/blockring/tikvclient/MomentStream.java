package io.blockring.tikvclient;

import io.blockring.tikvclient.wire.PDGrpc;
import io.blockring.tikvclient.wire.PlacementWire.RequestHeader;
import io.blockring.tikvclient.wire.PlacementWire.Timestamp;
import io.blockring.tikvclient.wire.PlacementWire.TsoRequest;
import io.blockring.tikvclient.wire.PlacementWire.TsoResponse;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Moments from one placement driver: those who want one while others are under way are asked for together. */
final class MomentStream implements StreamObserver<TsoResponse> {
    /** The placement driver has 2^18 for a millisecond. */
    private static final int MOST_AT_ONCE = 10_000;

    private final RequestHeader header;
    private final StreamObserver<TsoRequest> requests;
    private final Queue<CompletableFuture<Long>> waiting = new ArrayDeque<>();
    private final List<CompletableFuture<Long>> asked = new ArrayList<>();
    private @Nullable Throwable failure;

    MomentStream(PDGrpc.PDStub driver, RequestHeader header) {
        this.header = header;
        this.requests = driver.tso(this);
    }

    /** A moment behind all that were given before this call; it fails when the stream does. */
    synchronized CompletableFuture<Long> next() {
        if (failure != null) {
            return CompletableFuture.failedFuture(failure);
        }
        var moment = new CompletableFuture<Long>();
        waiting.add(moment);
        if (asked.isEmpty()) {
            ask();
        }
        return moment;
    }

    private void ask() {
        while (!waiting.isEmpty() && asked.size() < MOST_AT_ONCE) {
            asked.add(waiting.remove());
        }
        if (!asked.isEmpty()) {
            requests.onNext(TsoRequest.newBuilder()
                    .setHeader(header)
                    .setCount(asked.size())
                    .build());
        }
    }

    @Override
    public synchronized void onNext(TsoResponse answer) {
        if (answer.getHeader().hasError() || answer.getCount() != asked.size()) {
            fail(Status.UNAVAILABLE
                    .withDescription("moments: " + answer.getHeader().getError().getMessage())
                    .asException());
            return;
        }
        Timestamp last = answer.getTimestamp();
        int left = asked.size();
        for (CompletableFuture<Long> one : asked) {
            left--;
            one.complete(Moments.of(last.getPhysical(), last.getLogical() - ((long) left << last.getSuffixBits())));
        }
        asked.clear();
        ask();
    }

    @Override
    public void onError(Throwable cause) {
        fail(cause);
    }

    @Override
    public void onCompleted() {
        fail(Status.UNAVAILABLE
                .withDescription("the placement driver ended the stream")
                .asException());
    }

    /** Ends the stream; whoever waits fails. */
    void close() {
        StatusException ended =
                Status.CANCELLED.withDescription("the stream was given up").asException();
        fail(ended);
        requests.onError(ended);
    }

    private synchronized void fail(Throwable cause) {
        failure = cause;
        asked.forEach(one -> one.completeExceptionally(cause));
        waiting.forEach(one -> one.completeExceptionally(cause));
        asked.clear();
        waiting.clear();
    }
}
