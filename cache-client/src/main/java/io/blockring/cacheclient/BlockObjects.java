package io.blockring.cacheclient;

import io.blockring.block.BlockKey;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.VolumeLayout;
import io.blockring.objectstore.codec.BlockCodec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The blocks of a volume as objects: where they are, and how a block is made of one. */
final class BlockObjects {
    private final ObjectStore store;
    private final VolumeLayout layout;
    private final BlockCodec codec;

    BlockObjects(ObjectStore store, VolumeLayout layout, BlockCodec codec) {
        if (layout.compression() != codec.compression() || layout.form() != codec.form()) {
            throw new IllegalArgumentException("objects of " + layout + " are not made by a codec of another kind");
        }
        this.store = store;
        this.layout = layout;
        this.codec = codec;
    }

    ObjectStore store() {
        return store;
    }

    BlockCodec codec() {
        return codec;
    }

    BlockKey.Form form() {
        return layout.form();
    }

    String nameOf(BlockKey.Slice key) {
        return layout.blockKey(key.sliceId(), key.index(), key.plainBytes());
    }

    /** Fills {@code into} from the object of a block: from a range of it, where blocks are their objects. */
    void read(BlockKey.Slice key, int offset, MemorySegment into) throws IOException {
        if (codec.isPlain()) {
            readRange(nameOf(key), offset, into);
        } else {
            try (Arena arena = Arena.ofConfined()) {
                decode(key, whole(key, arena), offset, into);
            }
        }
    }

    private void readRange(String name, int offset, MemorySegment into) throws ObjectStoreException {
        try (var content = store.get(name, offset, into.byteSize(), null)) {
            readAll(name, content, into);
        }
    }

    private MemorySegment whole(BlockKey.Slice key, Arena arena) throws ObjectStoreException {
        String name = nameOf(key);
        int most = codec.maxObjectBytes(key.plainBytes());
        try (var content = store.get(name, 0, most + 1L, null)) {
            if (content.length() > most) {
                throw new ObjectStoreException(
                        ObjectStoreException.Kind.INVALID,
                        "block " + name + " has more bytes than the " + most + " that it can have");
            }
            MemorySegment object = arena.allocate(content.length());
            readAll(name, content, object);
            return object;
        }
    }

    private static void readAll(String name, ObjectStore.ObjectContent content, MemorySegment into)
            throws ObjectStoreException {
        long filled = 0;
        while (filled < into.byteSize()) {
            int read = content.read(into.asSlice(filled));
            if (read < 0) {
                throw new ObjectStoreException(ObjectStoreException.Kind.INVALID, "block " + name + " is too short");
            }
            filled += read;
        }
    }

    /** Fills {@code into} from a block's object, which is here. */
    void decode(BlockKey.Slice key, MemorySegment object, int offset, MemorySegment into) throws IOException {
        if (into.byteSize() == key.plainBytes()) {
            codec.decode(nameOf(key), object, into);
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment plain = arena.allocate(key.plainBytes());
            codec.decode(nameOf(key), object, plain);
            into.copyFrom(plain.asSlice(offset, into.byteSize()));
        }
    }

    /** Whether the object of a block is there and is that block, however it was made. */
    boolean isBlock(BlockKey.Slice key, MemorySegment plain) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment there = arena.allocate(plain.byteSize());
            decode(key, whole(key, arena), 0, there);
            return there.mismatch(plain) == -1;
        }
    }
}
