package io.blockring.cachenode;

import io.blockring.block.BlockChecksums;
import io.blockring.block.BlockKey;
import io.blockring.proto.blockprotocol.Answer;
import io.blockring.proto.blockprotocol.Extent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The one fetch of a missing block, and all who wait for it.
 *
 * <p>One thread writes its bytes, in order, and says after each checksum unit how far it is; any number of readers see
 * what is there. It counts its holders, the fetching thread among them: the memory is given back by the last one, so
 * a reader may leave at any time and none can end the flight.
 */
final class Flight {
    /** The length of a block that is held as stored, before its first byte came. */
    static final int UNKNOWN = -1;

    private final BlockKey.Slice key;
    private final Runnable afterLastHolder;
    private final Set<Runnable> listeners = ConcurrentHashMap.newKeySet();
    private final CRC32C crc = new CRC32C();
    private int holders = 1;
    /** Of the whole block; none until its length is known. */
    private volatile int[] checksums = {};

    /** How long the block is as it is held; {@link #UNKNOWN} until that is known. */
    private volatile int heldBytes;

    private volatile @Nullable FillSpace space;
    private volatile Answer.Source source = Answer.Source.STORE;
    /** How many bytes from the start are there with their checksums; written after them. */
    private volatile int availableBytes;

    private volatile @Nullable FillFailure failure;
    private volatile boolean kept;
    private volatile boolean ended;

    /** A flight with one holder, the fetching thread. */
    Flight(BlockKey.Slice key, Runnable afterLastHolder) {
        this.key = key;
        this.afterLastHolder = afterLastHolder;
        heldBytes = UNKNOWN;
    }

    BlockKey.Slice key() {
        return key;
    }

    /** Becomes a holder; false when the last one has gone already. */
    synchronized boolean hold() {
        if (holders == 0) {
            return false;
        }
        holders++;
        return true;
    }

    /** Ends being a holder, and listening. */
    void letGo(@Nullable Runnable listener) {
        if (listener != null) {
            listeners.remove(listener);
        }
        synchronized (this) {
            if (--holders > 0) {
                return;
            }
        }
        FillSpace used = space;
        if (used != null) {
            used.close();
        }
        afterLastHolder.run();
    }

    /** Runs {@code listener} after each change, on the fetching thread: it must be quick. */
    void listen(Runnable listener) {
        listeners.add(listener);
    }

    /** How many bytes the whole block has, or {@link #UNKNOWN}; known before any of them is available. */
    int heldBytes() {
        return heldBytes;
    }

    int availableBytes() {
        return availableBytes;
    }

    @Nullable
    FillFailure failure() {
        return failure;
    }

    /** Whether the block is in the store now. */
    boolean isKept() {
        return kept;
    }

    /** Whether the fetching thread has done all it will do; known after the block can be found. */
    boolean hasEnded() {
        return ended;
    }

    boolean isComplete() {
        return availableBytes == heldBytes;
    }

    Answer.Source source() {
        return source;
    }

    /** The header of the extent of bytes that are available. */
    Extent extent(int from, int to) {
        return Extent.ofBlock(space().generation(), source, from, to - from, checksums);
    }

    /** Bytes that are available; valid while the caller holds the flight. */
    MemorySegment bytes(int from, int to) {
        return space().buffer().asSlice(from, to - from).asReadOnly();
    }

    /* What follows is for the fetching thread alone. */

    /** Gives the flight room for the block, which is as long as the room. */
    void settleIn(FillSpace room) {
        int bytes = (int) room.buffer().byteSize();
        checksums = new int[BlockChecksums.unitCount(bytes)];
        space = room;
        heldBytes = bytes;
    }

    boolean hasRoom() {
        return space != null;
    }

    void comesFrom(Answer.Source newSource) {
        source = newSource;
    }

    MemorySegment buffer() {
        return space().buffer();
    }

    /** Says that the first {@code bytes} bytes are written: their whole units get their checksums and are shown. */
    void written(int bytes) {
        int shown = availableBytes;
        while (shown < bytes) {
            int end = Math.min(shown + BlockChecksums.UNIT_BYTES, heldBytes);
            if (end > bytes) {
                break;
            }
            crc.reset();
            crc.update(buffer().asSlice(shown, end - shown).asByteBuffer());
            checksums[shown / BlockChecksums.UNIT_BYTES] = (int) crc.getValue();
            shown = end;
        }
        if (shown > availableBytes) {
            availableBytes = shown;
            tell();
        }
    }

    /** Keeps the block in the store, if it has room there; readers do not wait for this. */
    void commit() throws IOException {
        kept = space().commit(checksums.clone());
    }

    void end(@Nullable FillFailure why) {
        failure = why;
        ended = true;
        tell();
    }

    private void tell() {
        listeners.forEach(Runnable::run);
    }

    private FillSpace space() {
        FillSpace used = space;
        if (used == null) {
            throw new IllegalStateException("the flight of " + key + " has no memory yet");
        }
        return used;
    }
}
