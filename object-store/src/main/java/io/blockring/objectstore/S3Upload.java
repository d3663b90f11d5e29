package io.blockring.objectstore;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncRequestBody;

/**
 * The body of a PUT, fed by the thread that put it: a copy of each piece goes to the network when it asks for it.
 *
 * <p>So the caller's memory is read by the caller's thread alone and never after {@link #feed} has returned, whatever
 * still happens to a request that was given up. A network that had the memory itself could send the bytes that the
 * caller wrote there next.
 */
final class S3Upload implements AsyncRequestBody {
    /** The HTTP client asks for at most 16 pieces ahead. */
    static final int PIECE_BYTES = 64 << 10;

    private final MemorySegment bytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable Reader reader;
    private boolean answered;

    S3Upload(MemorySegment bytes) {
        this.bytes = bytes;
    }

    @Override
    public Optional<Long> contentLength() {
        return Optional.of(bytes.byteSize());
    }

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
        var next = new Reader(subscriber);
        subscriber.onSubscribe(next);
        locked(() -> reader = next); // only now: signals to a subscriber follow one another
    }

    /** Whether the network has asked for any of it. */
    boolean begun() {
        lock.lock();
        try {
            return reader != null;
        } finally {
            lock.unlock();
        }
    }

    /** Feeds the network until there is an answer, and returns it. */
    <T> T feed(CompletableFuture<T> answer, Deadline deadline)
            throws ExecutionException, InterruptedException, TimeoutException {
        CompletableFuture<T> noted = answer.whenComplete((_, _) -> locked(() -> answered = true));
        for (Reader next; (next = awaitDemand(deadline)) != null; ) {
            next.sendPiece();
        }
        return noted.get();
    }

    /** Waits until the network wants a piece; null when it has answered. */
    private @Nullable Reader awaitDemand(Deadline deadline) throws InterruptedException, TimeoutException {
        lock.lockInterruptibly();
        try {
            while (!answered) {
                if (reader != null && reader.demand > 0 && !reader.ended) {
                    reader.demand--;
                    return reader;
                }
                long remaining = deadline.remainingNanos();
                if (remaining <= 0) {
                    throw new TimeoutException("no answer in time");
                }
                changed.await(remaining, TimeUnit.NANOSECONDS);
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** One pass over the bytes; the SDK may want several. */
    private final class Reader implements Subscription {
        private final Subscriber<? super ByteBuffer> subscriber;
        private long demand; // guarded by lock
        private boolean ended; // guarded by lock
        private long done; // of the feeding thread

        Reader(Subscriber<? super ByteBuffer> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long pieces) {
            locked(() ->
                    demand = Math.addExact(Math.min(demand, Integer.MAX_VALUE), Math.min(pieces, Integer.MAX_VALUE)));
        }

        @Override
        public void cancel() {
            locked(() -> ended = true);
        }

        void sendPiece() {
            int count = (int) Math.min(PIECE_BYTES, bytes.byteSize() - done);
            byte[] copy = new byte[count];
            MemorySegment.copy(bytes, done, MemorySegment.ofArray(copy), 0, count);
            done += count;
            boolean last = done == bytes.byteSize();
            if (last) {
                cancel();
            }
            subscriber.onNext(ByteBuffer.wrap(copy));
            if (last) {
                subscriber.onComplete();
            }
        }
    }
}
