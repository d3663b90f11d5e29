package io.blockring.mount.jobs;

import io.blockring.block.BlockKey;
import io.blockring.meta.FileError;
import io.blockring.meta.check.BlockObjects;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStore.ObjectInfo;
import io.blockring.objectstore.ObjectStore.PutCondition;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.VolumeLayout;
import io.blockring.objectstore.codec.Compression;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The objects of a volume's blocks, by the names of the volume format. */
final class StoredBlocks implements BlockObjects {
    private static final int UUID_BYTES = 36;

    private final ObjectStore store;
    private final VolumeLayout layout;
    private final UUID uuid;
    private final boolean mayWrite;

    /** Blocks of the volume {@code uuid}; unless it may write, the clock of this machine stands for that of the store. */
    StoredBlocks(ObjectStore store, VolumeLayout layout, UUID uuid, boolean mayWrite) {
        this.store = store;
        this.layout = layout;
        this.uuid = uuid;
        this.mayWrite = mayWrite;
    }

    @Override
    public void forEach(Visitor visitor) throws IOException, FileError {
        @Nullable String after = null;
        List<ObjectInfo> page;
        do {
            page = store.list(layout.blockPrefix(), after, ObjectStore.MAX_PAGE);
            for (ObjectInfo object : page) {
                after = object.key();
                Block block = layout.blockOf(object.key())
                        .map(name -> new Block(name.sliceId(), name.index(), name.plainBytes()))
                        .orElse(null);
                visitor.visit(new Stored(object.key(), block, object.bytes(), object.modified()));
            }
        } while (page.size() == ObjectStore.MAX_PAGE);
    }

    @Override
    public OptionalLong bytes(Block block) throws IOException {
        Optional<ObjectInfo> found = store.head(layout.blockKey(block.sliceId(), block.index(), block.plainBytes()));
        return found.isPresent() ? OptionalLong.of(found.get().bytes()) : OptionalLong.empty();
    }

    @Override
    public boolean arePlain() {
        return layout.compression() == Compression.NONE && layout.form() == BlockKey.Form.PLAIN;
    }

    @Override
    public void delete(String key) throws IOException {
        if (!key.startsWith(layout.blockPrefix()) || layout.blockOf(key).isEmpty()) {
            throw new IllegalStateException(key + " is no block of this volume");
        }
        store.delete(key);
    }

    /** Asks by putting an object beside the blocks, and takes it away again. */
    @Override
    public Instant clock() throws IOException {
        if (!mayWrite) {
            return Instant.now();
        }
        String key = layout.volumeName() + "/testing/clock-" + UUID.randomUUID();
        try {
            store.put(key, MemorySegment.ofArray(new byte[] {'t'}), PutCondition.ALWAYS);
            Instant now = store.head(key).map(ObjectInfo::modified).orElse(Instant.MAX);
            if (now.equals(Instant.MAX)) {
                throw new ObjectStoreException(
                        ObjectStoreException.Kind.INVALID, "the store does not say when an object was put");
            }
            return now;
        } finally {
            store.delete(key);
        }
    }

    @Override
    public boolean areOfThisVolume() throws IOException {
        Optional<ObjectInfo> found = store.head(layout.uuidKey());
        if (found.isEmpty() || found.get().bytes() != UUID_BYTES) {
            return false;
        }
        byte[] text = new byte[UUID_BYTES];
        try (var content = store.get(layout.uuidKey(), 0, UUID_BYTES, null)) {
            int read = 0;
            while (read < UUID_BYTES) {
                int more = content.read(MemorySegment.ofArray(text).asSlice(read));
                if (more < 0) {
                    return false;
                }
                read += more;
            }
        }
        return new String(text, StandardCharsets.US_ASCII).equals(uuid.toString());
    }
}
