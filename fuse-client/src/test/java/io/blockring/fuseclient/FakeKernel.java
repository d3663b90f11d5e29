package io.blockring.fuseclient;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.blockring.filesystem.FileSystem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The kernel's side of the protocol, over a socket that keeps the bounds of messages as the device does. */
final class FakeKernel implements AutoCloseable {
    static final int PID = 4242;
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final int LARGEST_MESSAGE_BYTES = 1 << 17;

    private final int socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment room = arena.allocate(LARGEST_MESSAGE_BYTES, 8);
    private long nextUnique = 2;
    private @Nullable FuseMount mount;

    /** A reply, or a notification where its number is 0. */
    static final class Reply {
        private final long unique;
        private final int error;
        private final byte[] body;

        private Reply(long unique, int error, byte[] body) {
            this.unique = unique;
            this.error = error;
            this.body = body;
        }

        long unique() {
            return unique;
        }

        int error() {
            return error;
        }

        byte[] body() {
            return body;
        }

        ByteBuffer buffer() {
            return ByteBuffer.wrap(body).order(ByteOrder.nativeOrder());
        }
    }

    private FakeKernel(int socket) {
        this.socket = socket;
    }

    /** A mount of {@code fileSystem} that has been greeted. */
    static FakeKernel mounted(FileSystem fileSystem, FuseSettings settings, IntPredicate isDying) throws IOException {
        LinuxMounts.Pair pair = LinuxMounts.socketPair(LinuxMounts.SOCK_SEQPACKET);
        var kernel = new FakeKernel(pair.first());
        kernel.send(Opcode.INIT.code(), 1, 0, greeting(Handshake.MAJOR, 45, -1));
        kernel.mount = FuseMount.serve(pair.second(), fileSystem, settings, isDying);
        Reply reply = kernel.receive();
        if (reply.error() != 0) {
            throw new AssertionError("INIT: " + reply.error());
        }
        return kernel;
    }

    /** A kernel whose greeting is still to be sent, and the descriptor for the mount. */
    static FakeKernel ungreeted(int socket) {
        return new FakeKernel(socket);
    }

    static byte[] greeting(int major, int minor, int flags) {
        return bytes().putInt(major)
                .putInt(minor)
                .putInt(128 << 10)
                .putInt(flags)
                .putInt(-1)
                .put(new byte[44])
                .array();
    }

    private static ByteBuffer bytes() {
        return ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
    }

    /** Integers as the kernel lays them out: an Integer has 32 bits, a Long 64, a String its bytes and a NUL. */
    static byte[] body(Object... parts) {
        ByteBuffer buffer = ByteBuffer.allocate(LARGEST_MESSAGE_BYTES).order(ByteOrder.nativeOrder());
        for (Object part : parts) {
            switch (part) {
                case Integer number -> buffer.putInt(number);
                case Long number -> buffer.putLong(number);
                case String text ->
                    buffer.put(text.getBytes(StandardCharsets.UTF_8)).put((byte) 0);
                case byte[] data -> buffer.put(data);
                default -> throw new IllegalArgumentException(part.toString());
            }
        }
        byte[] body = new byte[buffer.position()];
        buffer.flip().get(body);
        return body;
    }

    /** Sends a request and waits for its reply; notifications before it are passed over. */
    Reply ask(Opcode opcode, long node, Object... parts) {
        return ask(opcode.code(), node, body(parts));
    }

    Reply ask(int code, long node, byte[] body) {
        long unique = send(code, node, body);
        Reply reply = receive();
        while (reply.unique() == 0) {
            reply = receive();
        }
        if (reply.unique() != unique) {
            throw new AssertionError("a reply to %d, not to %d".formatted(reply.unique(), unique));
        }
        return reply;
    }

    /** Sends a request; the number that its reply will have. */
    long send(int code, long node, byte[] body) {
        long unique = nextUnique;
        nextUnique += 2;
        send(code, unique, node, body);
        return unique;
    }

    long nextUnique() {
        return nextUnique;
    }

    void send(int code, long unique, long node, byte[] body) {
        int byteCount = Math.toIntExact(Request.HEADER_BYTES + body.length);
        ByteBuffer message = ByteBuffer.allocate(byteCount).order(ByteOrder.nativeOrder());
        message.putInt(byteCount).putInt(code).putLong(unique).putLong(node);
        message.putInt(1000).putInt(1000).putInt(PID).putInt(0).put(body);
        sendRaw(message.array());
    }

    void sendRaw(byte[] message) {
        try (var confined = Arena.ofConfined()) {
            long result = Linux.write(socket, confined.allocateFrom(JAVA_BYTE, message));
            if (result != message.length) {
                throw new AssertionError("write: " + result);
            }
        }
    }

    boolean hasReply(Duration timeout) {
        return Linux.pollReadable(socket, Math.toIntExact(timeout.toMillis())) > 0;
    }

    /** The next message from the mount, within the deadline. */
    Reply receive() {
        if (!hasReply(DEADLINE)) {
            throw new AssertionError("no reply within " + DEADLINE);
        }
        long byteCount = Linux.read(socket, room);
        if (byteCount < ReplyBody.HEADER.byteSize() || room.get(JAVA_INT, 0) != byteCount) {
            throw new AssertionError("a broken reply of " + byteCount + " bytes");
        }
        return new Reply(
                room.get(JAVA_LONG, 8),
                room.get(JAVA_INT, 4),
                room.asSlice(16, byteCount - 16).toArray(JAVA_BYTE));
    }

    FuseMount mount() {
        return Objects.requireNonNull(mount);
    }

    @Override
    public void close() {
        if (!arena.scope().isAlive()) {
            return;
        }
        Linux.close(socket);
        if (mount != null) {
            mount.close();
        }
        arena.close();
    }
}
