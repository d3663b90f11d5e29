package io.blockring.proto.asking;

import io.blockring.block.BlockChecksums;
import io.blockring.proto.blockprotocol.Answer;
import io.blockring.proto.blockprotocol.Ask;
import io.blockring.proto.blockprotocol.BlockProtocol;
import io.blockring.proto.blockprotocol.Extent;
import io.blockring.proto.blockprotocol.Frames;
import io.blockring.proto.blockprotocol.Greeting;
import io.blockring.proto.blockprotocol.Hello;
import io.blockring.proto.blockprotocol.ProtocolException;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a node, on which it has been greeted. One request at a time, by one thread at a time.
 *
 * <p>After any exception it is good for nothing but to be closed.
 */
final class BlockConnection implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BlockConnection.class);
    private static final int SMALLEST_LENGTH_BYTES = Short.BYTES;

    private final SocketAddress address;
    private final SocketChannel channel;
    private final ConnectionWatch watch;
    private final ByteBuffer out = ByteBuffer.allocateDirect(BlockProtocol.MAX_HEADER_BYTES);
    /** Bytes that were read and not yet understood, between position and limit. */
    private final ByteBuffer in =
            ByteBuffer.allocateDirect(BlockProtocol.MAX_HEADER_BYTES).limit(0);

    private final CRC32C crc = new CRC32C();
    private volatile long deadlineNanos;
    private volatile long silentSinceNanos;
    private volatile long silenceNanos;
    private volatile boolean silent;
    private volatile boolean late;
    private boolean heard;

    private BlockConnection(SocketAddress address, SocketChannel channel, ConnectionWatch watch) {
        this.address = address;
        this.channel = channel;
        this.watch = watch;
    }

    /**
     * Connects and says hello.
     *
     * @param endpoint who must answer there
     * @throws RefusedException when the node does not want us
     */
    static BlockConnection open(
            SocketAddress address, NodeEndpoint endpoint, Hello hello, ConnectionWatch watch, Duration timeout)
            throws IOException {
        SocketChannel channel = address instanceof InetSocketAddress
                ? SocketChannel.open()
                : SocketChannel.open(StandardProtocolFamily.UNIX);
        var connection = new BlockConnection(address, channel, watch);
        boolean welcome = false;
        try {
            connection.begin(System.nanoTime() + timeout.toNanos(), timeout);
            connection.greet(hello, endpoint);
            welcome = true;
        } catch (IOException e) {
            throw connection.explained(e);
        } finally {
            watch.end(connection);
            if (!welcome) {
                connection.close();
            }
        }
        return connection;
    }

    private void greet(Hello hello, NodeEndpoint endpoint) throws IOException {
        channel.connect(address);
        if (address instanceof InetSocketAddress) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
        out.clear();
        Frames.encode(hello, out);
        send();
        switch (Frames.decodeGreeting(header(BlockProtocol.MAX_HEADER_BYTES))) {
            case Greeting.Welcome welcome -> {
                if (!welcome.nodeId().equals(endpoint.nodeId())) {
                    throw new ProtocolException(
                            "node " + welcome.nodeId() + " listens at " + address + ", not node " + endpoint.nodeId());
                }
            }
            case Greeting.Refused refused -> throw new RefusedException(refused);
        }
    }

    /** Whether a byte of the last answer arrived. */
    boolean heardOfAnswer() {
        return heard;
    }

    /** Sends a request that has no body and reads its answer into {@code sink}. */
    NodeAnswer.Ended ask(Ask.Request request, BlockSink sink, long untilNanos, Duration silence) throws IOException {
        begin(untilNanos, silence);
        try {
            out.clear();
            Frames.encode(request, out);
            send();
            return receive(request, sink);
        } catch (IOException e) {
            throw explained(e);
        } finally {
            watch.end(this);
        }
    }

    /** Offers a block, and sends it when the node wants it. */
    Answer.End offer(Ask.Request request, MemorySegment bytes, int[] checksums, long untilNanos, Duration silence)
            throws IOException {
        begin(untilNanos, silence);
        try {
            out.clear();
            Frames.encode(request, out);
            send();
            Answer.End first = end();
            if (first.status() != Answer.Status.MISS) {
                return first;
            }
            out.clear();
            Frames.encode(Extent.ofBlock(0, Answer.Source.NONE, 0, (int) bytes.byteSize(), checksums), out);
            send();
            ByteBuffer body = bytes.asByteBuffer();
            while (body.hasRemaining()) {
                channel.write(body);
                progressed();
            }
            return end();
        } catch (IOException e) {
            throw explained(e);
        } finally {
            watch.end(this);
        }
    }

    private NodeAnswer.Ended receive(Ask.Request request, BlockSink sink) throws IOException {
        int at = request.offset();
        int end = request.length() == 0 ? BlockProtocol.maxBytes(request.key()) : request.offset() + request.length();
        int firstBad = NodeAnswer.Ended.NONE_BAD;
        while (true) {
            int expected = at < end ? Frames.extentHeaderBytes(end - at) : BlockProtocol.MAX_HEADER_BYTES;
            switch (Frames.decodeAnswer(header(expected))) {
                case Answer.End answer -> {
                    if (answer.status() == Answer.Status.OK && request.length() != 0 && at < end) {
                        throw new ProtocolException(
                                "an answer of " + (at - request.offset()) + " bytes, not of " + request.length());
                    }
                    return new NodeAnswer.Ended(answer, firstBad);
                }
                case Extent extent -> {
                    if (extent.length() > 0 && (extent.offset() != at || extent.length() > end - at)) {
                        throw new ProtocolException(extent + " where bytes from " + at + " to " + end + " are due");
                    }
                    int bad = receiveBody(extent, sink, firstBad != NodeAnswer.Ended.NONE_BAD);
                    firstBad = firstBad == NodeAnswer.Ended.NONE_BAD ? bad : firstBad;
                    at += extent.length();
                }
            }
        }
    }

    /**
     * Reads a body to where it belongs, and tells the sink of each unit that is right, up to the first one that is
     * not.
     *
     * @param discard tell it of none: one before was bad
     * @return where the first bad unit starts, or NONE_BAD
     */
    private int receiveBody(Extent extent, BlockSink sink, boolean discard) throws IOException {
        int end = extent.offset() + extent.length();
        int at = extent.offset();
        int checked = at;
        int firstBad = NodeAnswer.Ended.NONE_BAD;
        while (at < end) {
            at += readBody(sink.room(at, end - at));
            int unitBytes = Math.min(BlockChecksums.UNIT_BYTES, end - checked);
            while (unitBytes > 0 && checked + unitBytes <= at) {
                if (!discard && firstBad == NodeAnswer.Ended.NONE_BAD) {
                    int unit = (checked - extent.offset()) / BlockChecksums.UNIT_BYTES;
                    if (checksum(sink.room(checked, unitBytes), unitBytes) == extent.checksum(unit)) {
                        sink.arrived(checked, unitBytes, extent);
                    } else {
                        firstBad = checked;
                    }
                }
                checked += unitBytes;
                unitBytes = Math.min(BlockChecksums.UNIT_BYTES, end - checked);
            }
        }
        return firstBad;
    }

    private int readBody(MemorySegment room) throws IOException {
        if (in.hasRemaining()) {
            int bytes = (int) Math.min(in.remaining(), room.byteSize());
            MemorySegment.copy(MemorySegment.ofBuffer(in), 0, room, 0, bytes);
            in.position(in.position() + bytes);
            return bytes;
        }
        int bytes = channel.read(room.asByteBuffer());
        if (bytes < 0) {
            throw new EOFException(address + " closed the connection in the middle of a body");
        }
        progressed();
        return bytes;
    }

    private int checksum(MemorySegment unit, int bytes) {
        crc.reset();
        crc.update(unit.asSlice(0, bytes).asByteBuffer());
        return (int) crc.getValue();
    }

    private Answer.End end() throws IOException {
        while (true) {
            switch (Frames.decodeAnswer(header(BlockProtocol.MAX_HEADER_BYTES))) {
                case Answer.End end -> {
                    return end;
                }
                case Extent extent -> {
                    if (extent.length() > 0) {
                        throw new ProtocolException(extent + " where none is due");
                    }
                }
            }
        }
    }

    /**
     * The next header. It is read with as many bytes as it will likely have, so that in the usual case one call gets
     * it whole and nothing of the body, which is to go elsewhere.
     */
    private ByteBuffer header(int likelyBytes) throws IOException {
        fill(SMALLEST_LENGTH_BYTES, Math.min(likelyBytes, BlockProtocol.MAX_HEADER_BYTES));
        int length = Frames.headerBytes(in);
        fill(length, length);
        ByteBuffer header = in.slice(in.position(), length);
        in.position(in.position() + length);
        return header;
    }

    private void fill(int atLeast, int atMost) throws IOException {
        if (in.remaining() >= atLeast) {
            return;
        }
        in.compact().limit(atMost);
        try {
            while (in.position() < atLeast) {
                if (channel.read(in) < 0) {
                    throw new EOFException(address + " closed the connection");
                }
                progressed();
            }
        } finally {
            in.flip();
        }
    }

    private void send() throws IOException {
        out.flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    private void begin(long untilNanos, Duration silence) {
        heard = false;
        silentSinceNanos = System.nanoTime();
        silenceNanos = silence.toNanos();
        deadlineNanos = untilNanos;
        watch.begin(this);
    }

    private void progressed() {
        heard = true;
        silentSinceNanos = System.nanoTime();
    }

    /** Called by the watch: closing the channel wakes the thread that waits on it. */
    void closeIfOverdue(long nowNanos) {
        silent = nowNanos - silentSinceNanos > silenceNanos;
        late = nowNanos - deadlineNanos > 0;
        if (silent || late) {
            close();
        }
    }

    private IOException explained(IOException e) {
        if (!(e instanceof ClosedChannelException)) {
            return e;
        } else if (silent) {
            return new NodeSilentException(address + " said nothing for " + Duration.ofNanos(silenceNanos), e);
        }
        return late ? new LateAnswerException("the deadline came before the end of an answer of " + address, e) : e;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            log.debug("{} was not closed well", this, e);
        }
    }

    @Override
    public String toString() {
        return "connection to " + address;
    }
}
