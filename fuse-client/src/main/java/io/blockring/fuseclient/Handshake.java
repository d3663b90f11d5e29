package io.blockring.fuseclient;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/** INIT: the first exchange with the kernel, which settles the version, the sizes and what both can do. */
final class Handshake {
    static final int MAJOR = 7;

    /** What we know of the protocol; a kernel that knows more speaks down to us. */
    static final int NEWEST_MINOR = 40;

    /** Linux 5.4. */
    static final int OLDEST_MINOR = 31;

    /** How long the kernel may take to greet: it does so before {@code mount} returns. */
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    /** A kernel of a newer major version greets a second time, in ours. */
    private static final int MAX_GREETINGS = 2;

    /** Kernels send more than that, by version. */
    private static final int SHORTEST_BODY_BYTES = 16;

    private Handshake() {}

    /**
     * What both sides hold to.
     *
     * @param flags bits of {@link InitFlag}
     * @param backgroundRequests how many requests that no one waits for (read-ahead) the kernel sends at once
     * @param congestedRequests from how many of those on the kernel holds back new ones
     */
    record Agreed(
            int minor,
            long flags,
            int readAheadBytes,
            int maxWriteBytes,
            int maxPages,
            int backgroundRequests,
            int congestedRequests) {}

    /** Waits for the kernel's INIT and answers it. */
    static Agreed perform(FuseDevice device, FuseSettings settings) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var buffer = new RequestBuffer(arena, settings.maxWriteBytes());
            for (int greetings = 0; greetings < MAX_GREETINGS; greetings++) {
                MemorySegment bytes = receive(device, buffer.incoming());
                Request request = Request.in(bytes);
                var init = new RequestBody.Init(checkedBody(device, buffer, request));
                Agreed agreed = agree(init, settings);
                int major = init.major(); // before the reply is written over it
                long bodyBytes = ReplyBody.writeInit(buffer.replyBody(), agreed);
                send(device, buffer.reply(request.unique(), 0, bodyBytes));
                if (major == MAJOR) {
                    return agreed;
                }
            }
            throw new IOException("the kernel did not come down to version 7 of the FUSE protocol");
        }
    }

    private static MemorySegment receive(FuseDevice device, MemorySegment into) throws IOException {
        int ready = Linux.pollReadable(device.descriptor(), Math.toIntExact(DEADLINE.toMillis()));
        long byteCount = ready > 0 ? device.read(into) : ready;
        if (byteCount < 0) {
            throw new IOException("the kernel's greeting cannot be read: " + Errno.text((int) -byteCount));
        }
        MemorySegment bytes = into.asSlice(0, byteCount);
        if (byteCount < Request.HEADER_BYTES || !Request.isWhole(bytes)) {
            throw new IOException(
                    ready == 0
                            ? "the kernel sent no INIT within %s: not a new mount".formatted(DEADLINE)
                            : "the kernel's greeting is broken: %d bytes".formatted(byteCount));
        }
        return bytes;
    }

    /** The body of a greeting that we can answer; any other is refused to the kernel and to the caller. */
    private static MemorySegment checkedBody(FuseDevice device, RequestBuffer buffer, Request request)
            throws IOException {
        MemorySegment body = request.body();
        String refusal;
        if (request.code() != Opcode.INIT.code() || body.byteSize() < SHORTEST_BODY_BYTES) {
            refusal = "the kernel's first request is no INIT but %d with %d bytes"
                    .formatted(request.code(), body.byteSize());
        } else {
            int major = body.get(JAVA_INT, 0);
            int minor = body.get(JAVA_INT, 4);
            if (major > MAJOR || (major == MAJOR && minor >= OLDEST_MINOR)) {
                return body;
            }
            refusal = "the kernel speaks FUSE protocol %d.%d; 7.%d (Linux 5.4) is the oldest that will do"
                    .formatted(major, minor, OLDEST_MINOR);
        }
        send(device, buffer.reply(request.unique(), -Errno.EPROTO.code(), 0));
        throw new IOException(refusal);
    }

    /** The answer to what the kernel offers. */
    static Agreed agree(RequestBody.Init init, FuseSettings settings) {
        // Some threads are kept from read-ahead, so that it cannot delay those who wait.
        int background = Math.max(1, settings.maxThreads() * 3 / 4);
        return new Agreed(
                init.major() == MAJOR ? Math.min(init.minor(), NEWEST_MINOR) : NEWEST_MINOR,
                init.flags() & InitFlag.wanted(settings),
                settings.readAheadBytes(),
                settings.maxWriteBytes(),
                settings.maxWriteBytes() / FuseSettings.PAGE_BYTES,
                background,
                Math.max(1, background * 3 / 4));
    }

    private static void send(FuseDevice device, MemorySegment reply) throws IOException {
        long result = device.write(reply);
        if (result < 0) {
            throw new IOException("the kernel does not take the answer to INIT: " + Errno.text((int) -result));
        }
    }
}
