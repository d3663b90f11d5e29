package io.blockring.cacheclient;

import io.blockring.block.BlockKey;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.VolumeLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The blocks of one volume, wherever they are.
 *
 * <p>Every wait has a deadline. Safe for use by many threads.
 */
public final class BlockCache implements AutoCloseable {
    private final ObjectStore store;
    private final VolumeLayout layout;

    public BlockCache(ObjectStore store, VolumeLayout layout) {
        this.store = store;
        this.layout = layout;
    }

    /** Names a block of a slice of this volume, as the volume is now. */
    public BlockKey.Slice keyOf(long sliceId, int index, int plainBytes) {
        return new BlockKey.Slice(0, 0, sliceId, index, plainBytes, BlockKey.Form.PLAIN);
    }

    /**
     * Fills all of {@code into} with the bytes of the block from {@code offset} on, all of which it must have.
     *
     * @throws IOException when no source gave them, and gave them right, within the deadline
     */
    public void read(BlockKey.Slice key, int offset, MemorySegment into) throws IOException {
        try (var content = store.get(objectKey(key), offset, into.byteSize(), null)) {
            long filled = 0;
            while (filled < into.byteSize()) {
                int read = content.read(into.asSlice(filled));
                if (read < 0) {
                    throw new ObjectStoreException(
                            ObjectStoreException.Kind.INVALID, "block " + objectKey(key) + " is too short");
                }
                filled += read;
            }
        }
    }

    /** Makes a block durable in the object store. */
    public void write(BlockKey.Slice key, MemorySegment bytes) throws IOException {
        store.put(objectKey(key), bytes, ObjectStore.PutCondition.ALWAYS);
    }

    /** Takes a block out of the object store; nothing happens when it is not there. */
    public void delete(BlockKey.Slice key) throws IOException {
        store.delete(objectKey(key));
    }

    private String objectKey(BlockKey.Slice key) {
        return layout.blockKey(key.sliceId(), key.index(), key.plainBytes());
    }

    @Override
    public void close() {
        store.close();
    }
}
