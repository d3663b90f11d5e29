package io.blockring.cachenode;

import io.blockring.blockstore.StoredBlock;
import io.blockring.cachenode.NodeCounters.Count;
import io.blockring.proto.blockprotocol.Answer.End;
import io.blockring.proto.blockprotocol.BlockProtocol;
import io.blockring.proto.blockprotocol.Extent;
import io.blockring.proto.blockprotocol.Frames;
import io.blockring.proto.blockprotocol.Greeting;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * What one connection still has to send: a header, then a body from a file or from memory, then the end.
 *
 * <p>A body from a file goes to the socket inside the kernel ({@code sendfile}); one from memory goes out together
 * with the frames around it. Neither is copied here, and the checksums come with the block.
 */
final class Outgoing {
    private static final int TAIL_BYTES = 1024;

    private final NodeCounters counters;
    private final ByteBuffer head =
            ByteBuffer.allocateDirect(BlockProtocol.MAX_HEADER_BYTES).limit(0);
    private final ByteBuffer tail = ByteBuffer.allocateDirect(TAIL_BYTES).limit(0);
    private @Nullable FileChannel file;
    private long filePosition;
    private long fileRemaining;
    private @Nullable ByteBuffer memory;
    private Count countedAs = Count.SENT_MEMORY_BYTES;

    Outgoing(NodeCounters counters) {
        this.counters = counters;
    }

    boolean isPending() {
        return head.hasRemaining()
                || fileRemaining > 0
                || (memory != null && memory.hasRemaining())
                || tail.hasRemaining();
    }

    void greet(Greeting greeting) {
        head.clear();
        Frames.encode(greeting, head);
        head.flip();
    }

    void word(End end) {
        finishWith(end);
    }

    /** An extent without bytes, which says that we are at work. */
    void heartbeat(Extent empty) {
        head.clear();
        Frames.encode(empty, head);
        head.flip();
    }

    /** Bytes of a file, then the end. */
    void fileBody(Extent extent, StoredBlock.OnDisk block, Count counted, End end) throws IOException {
        file = block.file();
        filePosition = block.fileOffset() + extent.offset();
        fileRemaining = extent.length();
        countedAs = counted;
        heartbeat(extent);
        finishWith(end);
    }

    /** Bytes of memory, then the end unless more extents follow. */
    void memoryBody(Extent extent, MemorySegment bytes, Count counted, @Nullable End end) {
        memory = bytes.asByteBuffer();
        countedAs = counted;
        heartbeat(extent);
        if (end != null) {
            finishWith(end);
        }
    }

    private void finishWith(End end) {
        tail.clear();
        Frames.encode(end, tail);
        tail.flip();
    }

    /**
     * Sends what the socket takes now.
     *
     * @return whether it took anything; all is sent when nothing {@link #isPending}
     */
    boolean send(GatheringByteChannel channel) throws IOException {
        boolean progress = false;
        while (isPending()) {
            long sent = fileRemaining > 0 ? sendFromFile(channel) : sendFromMemory(channel);
            if (sent <= 0) {
                break;
            }
            progress = true;
        }
        if (!isPending()) {
            file = null;
            memory = null;
        }
        return progress;
    }

    private long sendFromFile(GatheringByteChannel channel) throws IOException {
        if (head.hasRemaining()) {
            return channel.write(head);
        }
        if (file == null) {
            throw new IllegalStateException("a body from no file");
        }
        long sent = file.transferTo(filePosition, fileRemaining, channel);
        filePosition += sent;
        fileRemaining -= sent;
        counters.add(countedAs, sent);
        counters.add(Count.SENDFILE_BYTES, sent);
        return sent;
    }

    private long sendFromMemory(GatheringByteChannel channel) throws IOException {
        if (memory == null) {
            return channel.write(new ByteBuffer[] {head, tail});
        }
        int before = memory.remaining();
        long sent = channel.write(new ByteBuffer[] {head, memory, tail});
        counters.add(countedAs, before - memory.remaining());
        return sent;
    }
}
