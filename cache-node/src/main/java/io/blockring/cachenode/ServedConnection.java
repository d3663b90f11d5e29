package io.blockring.cachenode;

import io.blockring.blockstore.StoredBlock;
import io.blockring.cachenode.NodeCounters.Count;
import io.blockring.proto.blockprotocol.Answer;
import io.blockring.proto.blockprotocol.Answer.Source;
import io.blockring.proto.blockprotocol.Answer.Status;
import io.blockring.proto.blockprotocol.Ask;
import io.blockring.proto.blockprotocol.BlockProtocol;
import io.blockring.proto.blockprotocol.Extent;
import io.blockring.proto.blockprotocol.Frames;
import io.blockring.proto.blockprotocol.Greeting;
import io.blockring.proto.blockprotocol.Hello;
import io.blockring.proto.blockprotocol.ProtocolException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's end of one connection. It does all that can be done now, then says to the server what it waits for: bytes
 * to read, room to write, a flight, or a time. It never blocks, and {@link ConnectionTurns} runs it on one thread at
 * a time.
 *
 * <p>A block sent from a file stays pinned until the next request, as until then the socket may still hold its pages.
 */
final class ServedConnection {
    private static final Logger log = LoggerFactory.getLogger(ServedConnection.class);
    private static final long HEARTBEAT_NANOS =
            Duration.ofMillis(BlockProtocol.HEARTBEAT_MILLIS).toNanos();
    /** How long a greeting, or the rest of a header, may take. */
    private static final long HEADER_NANOS = Duration.ofSeconds(5).toNanos();
    /** After this long no reader still waits for bytes, so what its socket holds of them harms no one. */
    private static final long PIN_NANOS = Duration.ofSeconds(30).toNanos();

    private static final long IDLE_NANOS = Duration.ofMinutes(10).toNanos();

    private static final int NOTHING = 0;

    /** After so many steps others have their turn: a reader that asks ahead has no thread for itself. */
    private static final int STEPS_AT_ONCE = 32;

    private final BlockServer server;
    private final BlockDesk desk;
    private final SocketChannel channel;
    private final Outgoing outgoing;
    private final ByteBuffer in =
            ByteBuffer.allocateDirect(BlockProtocol.MAX_HEADER_BYTES).limit(0);
    private final ConnectionTurns turns;
    private final Runnable wakeUp;
    private boolean greeted;
    private boolean closeAfterSending;
    private boolean closed;
    private long progressNanos = System.nanoTime();
    private @Nullable StoredBlock pinned;
    private @Nullable FlightReader waiting;
    private @Nullable OfferedBlock offered;
    private volatile long attentionNanos = progressNanos + HEADER_NANOS;

    ServedConnection(BlockServer server, BlockDesk desk, SocketChannel channel) {
        this.server = server;
        this.desk = desk;
        this.channel = channel;
        this.outgoing = new Outgoing(desk.counters());
        this.turns = new ConnectionTurns(server.threads(), this);
        this.wakeUp = turns::wake;
    }

    /** Something may have happened that the connection waits for. */
    void wake() {
        turns.wake();
    }

    void wakeIfDue(long nowNanos) {
        if (nowNanos - attentionNanos > 0) {
            turns.wake();
        }
    }

    SocketChannel channel() {
        return channel;
    }

    /** Does what can be done now; {@link ConnectionTurns} calls it. */
    void work() {
        if (closed) {
            return;
        }
        try {
            boolean goesOn = !server.isClosed();
            for (int steps = 0; goesOn && steps < STEPS_AT_ONCE; steps++) {
                goesOn = step();
            }
            if (goesOn) {
                turns.wake();
            }
            if (server.isClosed()) {
                close();
            }
        } catch (ProtocolException e) {
            refuse(e);
        } catch (IOException e) {
            log.debug("a connection was lost", e);
            close();
        } catch (RuntimeException e) {
            log.error("a connection broke", e);
            close();
        }
    }

    /** Does the next thing; false when that has to be waited for, or nothing comes any more. */
    private boolean step() throws IOException {
        if (outgoing.isPending()) {
            return send();
        } else if (closeAfterSending) {
            close();
            return false;
        } else if (waiting != null) {
            return stream(waiting);
        } else if (offered != null) {
            return receive(offered);
        }
        return nextHeader();
    }

    private boolean send() throws IOException {
        long now = System.nanoTime();
        if (outgoing.send(channel)) {
            progressNanos = now;
        } else if (now - progressNanos > server.slowReaderNanos()) {
            desk.counters().increment(Count.SLOW_READERS_CUT);
            log.info("a reader took no byte for {}: cut off", Duration.ofNanos(server.slowReaderNanos()));
            close();
            return false;
        }
        if (outgoing.isPending()) {
            park(SelectionKey.OP_WRITE, progressNanos + server.slowReaderNanos());
            return false;
        }
        if (pinned instanceof StoredBlock.InMemory) {
            releasePin();
        }
        return true;
    }

    private boolean nextHeader() throws IOException {
        int length = Frames.headerBytes(in);
        if (length == 0 || in.remaining() < length) {
            return readMore();
        }
        ByteBuffer header = in.slice(in.position(), length);
        in.position(in.position() + length);
        progressNanos = System.nanoTime();
        if (greeted) {
            releasePin();
            handle(Frames.decodeAsk(header));
        } else {
            greet(Frames.decodeHello(header));
        }
        return true;
    }

    private boolean readMore() throws IOException {
        in.compact();
        int read = channel.read(in);
        in.flip();
        if (read < 0) {
            close();
            return false;
        } else if (read > 0) {
            progressNanos = System.nanoTime();
            return true;
        }
        long now = System.nanoTime();
        boolean midway = !greeted || in.hasRemaining() || offered != null;
        long limit = midway ? HEADER_NANOS : IDLE_NANOS;
        if (now - progressNanos > limit) {
            close();
            return false;
        }
        if (pinned != null && now - progressNanos > PIN_NANOS) {
            releasePin();
        }
        park(SelectionKey.OP_READ, progressNanos + (pinned != null ? Math.min(PIN_NANOS, limit) : limit));
        return false;
    }

    private void greet(Hello hello) {
        Greeting greeting = server.greet(hello, this);
        outgoing.greet(greeting);
        greeted = true;
        closeAfterSending = greeting instanceof Greeting.Refused;
    }

    private void handle(Ask ask) throws IOException {
        switch (ask) {
            case Ask.Unknown unknown ->
                outgoing.word(desk.end(Status.BAD_REQUEST, "no such request: " + unknown.kind()));
            case Ask.Request request -> {
                if (server.isOverloaded()) {
                    outgoing.word(desk.busy("as many requests wait for a thread as may"));
                } else {
                    answer(request);
                }
            }
        }
    }

    private void answer(Ask.Request request) throws IOException {
        switch (desk.reply(request)) {
            case BlockDesk.Reply.Word(Answer.End end) -> outgoing.word(end);
            case BlockDesk.Reply.Hit(StoredBlock block, int from, int to) -> {
                pinned = block;
                sendBlock(block, from, to, request.has(Ask.PEER));
            }
            case BlockDesk.Reply.Waiting(Flight flight) -> {
                waiting = new FlightReader(request, flight, server.deadlineNanos(request));
                flight.listen(wakeUp);
            }
            case BlockDesk.Reply.Wanted(OfferedBlock room) -> {
                offered = room;
                outgoing.word(desk.end(Status.MISS, ""));
            }
        }
    }

    private void sendBlock(StoredBlock block, int from, int to, boolean toNode) throws IOException {
        Source source = block.tier() == StoredBlock.Tier.MEMORY ? Source.MEMORY : Source.DISK;
        Extent extent = Extent.ofBlock(block.generation(), source, from, to - from, block.checksums());
        Count counted = counted(source, toNode);
        switch (block) {
            case StoredBlock.OnDisk onDisk -> outgoing.fileBody(extent, onDisk, counted, desk.ok(source));
            case StoredBlock.InMemory inMemory ->
                outgoing.memoryBody(extent, inMemory.bytes().asSlice(from, to - from), counted, desk.ok(source));
        }
    }

    private static Count counted(Source source, boolean toNode) {
        if (toNode) {
            return Count.SENT_TO_NODES_BYTES;
        }
        return switch (source) {
            case MEMORY -> Count.SENT_MEMORY_BYTES;
            case DISK -> Count.SENT_DISK_BYTES;
            case PEER -> Count.SENT_PEER_BYTES;
            case STORE, NONE, OTHER -> Count.SENT_STORE_BYTES;
        };
    }

    /** Sends what a flight has; waits for it when that is nothing new. */
    private boolean stream(FlightReader reader) throws IOException {
        Flight flight = reader.flight();
        if (reader.isDone()) {
            leaveFlight(reader);
            return true;
        }
        int available = Math.min(flight.availableBytes(), reader.to());
        if (available > reader.at()) {
            Source source = flight.source();
            Extent extent = flight.extent(reader.at(), available);
            outgoing.memoryBody(
                    extent,
                    flight.bytes(reader.at(), available),
                    counted(source, reader.request().has(Ask.PEER)),
                    available == reader.to() ? desk.ok(source) : null);
            reader.sentTo(available);
            return true;
        }
        FillFailure failure = flight.failure();
        long now = System.nanoTime();
        if (failure != null) {
            leaveFlight(reader);
            afterFailure(reader, failure);
            return true;
        } else if (now - reader.deadlineNanos() > 0) {
            leaveFlight(reader);
            outgoing.word(desk.end(Status.STORE_ERROR, "the block did not come before the deadline"));
            return true;
        } else if (now - progressNanos >= HEARTBEAT_NANOS) {
            outgoing.heartbeat(Extent.ofBlock(0, Source.NONE, 0, 0, new int[0]));
            return true;
        }
        long beat = progressNanos + HEARTBEAT_NANOS;
        park(NOTHING, beat - reader.deadlineNanos() < 0 ? beat : reader.deadlineNanos());
        return false;
    }

    private void afterFailure(FlightReader reader, FillFailure failure) throws IOException {
        if (failure.reason() == FillFailure.Reason.ALREADY_HERE && !reader.hasSent()) {
            answer(reader.request());
        } else if (reader.hasSent()) {
            outgoing.word(desk.end(Status.STORE_ERROR, failure.text()));
        } else {
            outgoing.word(desk.failed(failure));
        }
    }

    private void leaveFlight(FlightReader reader) {
        waiting = null;
        reader.flight().letGo(wakeUp);
    }

    private boolean receive(OfferedBlock block) throws IOException {
        if (!block.isAnnounced()) {
            int length = Frames.headerBytes(in);
            if (length == 0 || in.remaining() < length) {
                return readMore();
            }
            ByteBuffer header = in.slice(in.position(), length);
            in.position(in.position() + length);
            if (!(Frames.decodeAnswer(header) instanceof Extent extent)) {
                throw new ProtocolException("no extent behind an offer that was wanted");
            }
            block.announce(extent);
            block.take(in);
        }
        while (!block.isWhole()) {
            int read = block.readFrom(channel);
            long now = System.nanoTime();
            if (read < 0) {
                throw new EOFException("the offer ended early");
            } else if (read > 0) {
                progressNanos = now;
            } else if (now - progressNanos > server.slowReaderNanos()) {
                throw new EOFException("the offer came to a stop");
            } else {
                park(SelectionKey.OP_READ, progressNanos + server.slowReaderNanos());
                return false;
            }
        }
        finish(block);
        return true;
    }

    private void finish(OfferedBlock block) {
        offered = null;
        try (block) {
            boolean kept = block.keep();
            desk.counters().increment(kept ? Count.OFFERS_KEPT : Count.OFFERS_REFUSED);
            outgoing.word(
                    kept
                            ? desk.ok(Source.NONE)
                            : desk.end(Status.BAD_REQUEST, "the bytes are not what their checksums say"));
        } catch (IOException e) {
            log.warn("an offered block could not be kept", e);
            desk.counters().increment(Count.OFFERS_REFUSED);
            outgoing.word(desk.end(Status.STORE_ERROR, e.toString()));
        }
    }

    /** Waits for {@code operations} of the socket, and at the latest until {@code untilNanos}. */
    private void park(int operations, long untilNanos) {
        attentionNanos = untilNanos;
        turns.waitFor(operations);
    }

    private void refuse(ProtocolException e) {
        log.debug("a connection spoke something else", e);
        if (!greeted) {
            close();
            return;
        }
        closeAfterSending = true;
        outgoing.word(desk.end(Status.BAD_REQUEST, String.valueOf(e.getMessage())));
        turns.wake();
    }

    private void releasePin() {
        StoredBlock block = pinned;
        if (block != null) {
            pinned = null;
            block.close();
        }
    }

    private void close() {
        if (closed) {
            return;
        }
        closed = true;
        attentionNanos = System.nanoTime() + IDLE_NANOS;
        StoredBlock block = pinned;
        pinned = null;
        server.closed(this, block);
        if (waiting != null) {
            leaveFlight(waiting);
        }
        if (offered != null) {
            offered.close();
            offered = null;
        }
    }
}
