package io.blockring.fuseclient;

import io.blockring.filesystem.FileSystem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one reader: it holds a request, and then the reply to it.
 *
 * <pre>
 *             4096-80        4096-16       4096
 *   |  unused  | request header  |          | ...                                      |
 *   |          | and fuse_write_in          | data of a WRITE                          |
 *   |                          | reply head | body of the reply: data of a READ        |
 * </pre>
 *
 * <p>So the data of a read and of a write lie on whole pages, header and data go to the kernel in one piece without a
 * copy, and there is one buffer per thread. The price: the reply overwrites the request. Data of a READ that the file
 * system has in its own memory takes the place of the body and stays there: it goes to the kernel behind the header.
 */
final class RequestBuffer {
    private static final long BODY = FuseSettings.PAGE_BYTES;
    private static final long REQUEST = BODY - RequestBody.Write.LAYOUT.byteSize() - Request.HEADER_BYTES;

    /** A request without data fits in any case: names, and a value of an extended attribute (64 KiB). */
    private static final long SMALLEST_BODY_BYTES = 128 << 10;

    private final MemorySegment incoming;
    private final MemorySegment replyBody;
    private final MemorySegment reply;
    private final MemorySegment vector;
    private FileSystem.@Nullable Bytes lent;

    RequestBuffer(Arena arena, int maxWriteBytes) {
        MemorySegment pages = Linux.mapPages(arena, BODY + Math.max(maxWriteBytes, SMALLEST_BODY_BYTES));
        this.incoming = pages.asSlice(REQUEST);
        this.replyBody = pages.asSlice(BODY);
        this.vector = arena.allocate(Linux.TWO_VECTORS);
        this.reply = pages.asSlice(BODY - ReplyBody.HEADER.byteSize());
    }

    /** Where a request is read to. */
    MemorySegment incoming() {
        return incoming;
    }

    /** Where the body of a reply is written. */
    MemorySegment replyBody() {
        return replyBody;
    }

    /** Makes {@code bytes} the body of the reply; they are given back once it was sent or dropped. */
    long lend(FileSystem.Bytes bytes) {
        lent = bytes;
        return bytes.memory().byteSize();
    }

    /** Sends the reply, and gives back what was lent for it; what the kernel answers, as {@link FuseDevice#write}. */
    long sendReply(FuseDevice device, long unique, int error, long bodyBytes) {
        try (FileSystem.Bytes body = lent) {
            lent = null;
            if (body == null || error != 0) {
                return device.write(reply(unique, error, bodyBytes));
            }
            long headerBytes = ReplyBody.HEADER.byteSize();
            ReplyBody.writeHeader(reply, unique, error, headerBytes + bodyBytes);
            return device.write(reply.asSlice(0, headerBytes), body.memory(), vector);
        }
    }

    /** The reply, complete: its header is written before the first {@code bodyBytes} of the body. */
    MemorySegment reply(long unique, int error, long bodyBytes) {
        long byteCount = ReplyBody.HEADER.byteSize() + bodyBytes;
        ReplyBody.writeHeader(reply, unique, error, byteCount);
        return reply.asSlice(0, byteCount);
    }
}
