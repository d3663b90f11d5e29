package io.blockring.cachenode;

import io.blockring.block.BlockChecksums;
import io.blockring.blockstore.BlockFill;
import io.blockring.proto.blockprotocol.Extent;
import io.blockring.proto.blockprotocol.ProtocolException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A block that a reader has just written and sends us: the room for it, and how much has come. */
final class OfferedBlock implements AutoCloseable {
    private final BlockFill room;
    private final Runnable afterwards;
    private final ByteBuffer missing;
    private @Nullable Extent extent;

    OfferedBlock(BlockFill room, Runnable afterwards) {
        this.room = room;
        this.afterwards = afterwards;
        missing = room.buffer().asByteBuffer();
    }

    /** Whether the header has come. */
    boolean isAnnounced() {
        return extent != null;
    }

    /** Takes the header, which must be that of the whole block. */
    void announce(Extent header) throws ProtocolException {
        if (header.offset() != 0 || header.length() != missing.capacity()) {
            throw new ProtocolException(header + " where a block of " + missing.capacity() + " bytes is due");
        }
        extent = header;
    }

    /** Takes what came behind the header in one read with it. */
    void take(ByteBuffer bytes) {
        int taken = Math.min(bytes.remaining(), missing.remaining());
        missing.put(bytes.slice(bytes.position(), taken));
        bytes.position(bytes.position() + taken);
    }

    /** Reads what is there; the number of bytes, or -1 when the other end has gone. */
    int readFrom(SocketChannel channel) throws IOException {
        return channel.read(missing);
    }

    boolean isWhole() {
        return !missing.hasRemaining();
    }

    /** Keeps the block if its bytes are what the header said. */
    boolean keep() throws IOException {
        MemorySegment bytes = room.buffer();
        int[] checksums = BlockChecksums.of(bytes);
        for (int unit = 0; unit < checksums.length; unit++) {
            if (extent == null || extent.checksum(unit) != checksums[unit]) {
                return false;
            }
        }
        room.commit(checksums);
        return true;
    }

    @Override
    public void close() {
        room.close();
        afterwards.run();
    }
}
