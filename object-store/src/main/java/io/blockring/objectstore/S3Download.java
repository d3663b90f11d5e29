package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.CHANGED;
import static io.blockring.objectstore.ObjectStoreException.Kind.RETRY;

import io.blockring.objectstore.ObjectStore.ObjectContent;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, pulled by the thread that reads it: the network may be at most a window ahead, so a slow reader
 * slows the store down and costs no memory.
 */
final class S3Download implements ObjectContent {
    /** Pieces that may wait to be read; the HTTP client makes them of at most 8 KiB. */
    static final int WINDOW_PIECES = 64;

    private static final int PIECES_PER_REQUEST = 16;

    private sealed interface Arrival {
        record Piece(ByteBuffer bytes) implements Arrival {}

        record End() implements Arrival {}

        record Failure(Throwable cause) implements Arrival {}
    }

    /** What asks the network for more, or gives the connection up. */
    interface Source {
        void request(long pieces);

        void cancel();
    }

    /**
     * What the answer's head said of its body.
     *
     * @param crc32c of these very bytes, if the head said so
     */
    record Body(
            String key, long length, String eTag, @Nullable Integer crc32c) {}

    private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
    private final Body body;
    private final Source source;
    private final Duration stallTimeout;
    private final CRC32C crc = new CRC32C();
    private ByteBuffer piece = ByteBuffer.allocate(0);
    private int piecesRead;
    private long done;
    private boolean closed;

    S3Download(Body body, Source source, Duration stallTimeout) {
        this.body = body;
        this.source = source;
        this.stallTimeout = stallTimeout;
    }

    /** The network says that bytes are here. */
    void arrived(ByteBuffer bytes) {
        arrivals.add(new Arrival.Piece(bytes));
    }

    /** The network says that no more bytes come. */
    void ended() {
        arrivals.add(new Arrival.End());
    }

    /** The network says that the rest is lost. */
    void failed(Throwable cause) {
        arrivals.add(new Arrival.Failure(cause));
    }

    @Override
    public long length() {
        return body.length;
    }

    @Override
    public String eTag() {
        return body.eTag;
    }

    @Override
    public int read(MemorySegment into) throws ObjectStoreException {
        int wanted = ReadStep.bytes(into, body.length - done, closed);
        if (wanted < 0) {
            return -1;
        }
        waitForPiece();
        int count = 0;
        while (count < wanted && pieceIsReady()) {
            count += take(into.asSlice(count, wanted - count));
        }
        done += count;
        if (done == body.length) {
            checkWhole();
        }
        return count;
    }

    /** The connection is only given up when something of the answer is still to come. */
    @Override
    public void close() {
        if (!closed && done < body.length) {
            source.cancel();
        }
        closed = true;
        arrivals.clear();
    }

    private int take(MemorySegment into) {
        int count = (int) Math.min(piece.remaining(), into.byteSize());
        ByteBuffer bytes = piece.slice(piece.position(), count);
        MemorySegment.copy(MemorySegment.ofBuffer(bytes), 0, into, 0, count);
        if (body.crc32c != null) {
            crc.update(bytes);
        }
        piece.position(piece.position() + count);
        return count;
    }

    private void waitForPiece() throws ObjectStoreException {
        var deadline = Deadline.in(stallTimeout);
        while (!piece.hasRemaining()) {
            try {
                Arrival arrival = arrivals.poll(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
                if (arrival == null) {
                    throw lost("no byte came in time", null);
                }
                accept(arrival);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw lost("interrupted", e);
            }
        }
    }

    private boolean pieceIsReady() {
        while (!piece.hasRemaining() && arrivals.peek() instanceof Arrival.Piece(ByteBuffer bytes)) {
            arrivals.remove();
            accept(bytes);
        }
        return piece.hasRemaining();
    }

    private void accept(Arrival arrival) throws ObjectStoreException {
        switch (arrival) {
            case Arrival.Piece(ByteBuffer bytes) -> accept(bytes);
            case Arrival.End _ -> throw lost("the answer ended", null);
            case Arrival.Failure(Throwable cause) -> throw lost("the connection was lost", cause);
        }
    }

    private void accept(ByteBuffer bytes) {
        piece = bytes;
        if (++piecesRead % PIECES_PER_REQUEST == 0) {
            source.request(PIECES_PER_REQUEST);
        }
    }

    /** Another try from here would not help: the damage may be in the bytes that were read before. */
    private void checkWhole() throws ObjectStoreException {
        if (body.crc32c != null && (int) crc.getValue() != body.crc32c) {
            throw new ObjectStoreException(CHANGED, "the bytes of '" + body.key + "' are not those that were put");
        }
    }

    private ObjectStoreException lost(String why, @Nullable Throwable cause) {
        String message = "%s after %d of %d bytes of '%s'".formatted(why, done, body.length, body.key);
        return cause == null
                ? new ObjectStoreException(RETRY, message)
                : new ObjectStoreException(RETRY, message + ": " + cause, cause);
    }
}
