package io.blockring.mount.jobs;

import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStore.ObjectInfo;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.VolumeLayout;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** All objects of a volume, whatever they are: those whose keys begin with its name. */
public final class VolumeObjects {
    @FunctionalInterface
    private interface Visitor {
        void visit(ObjectInfo object) throws ObjectStoreException;
    }

    private final ObjectStore store;
    private final String name;
    private final UUID uuid;

    public VolumeObjects(ObjectStore store, String name, UUID uuid) {
        this.store = store;
        this.name = name;
        this.uuid = uuid;
    }

    /** Whether the store says that they are those of this volume. */
    public boolean areOfThisVolume() throws IOException {
        return new StoredBlocks(store, new VolumeLayout(name, false), uuid, false).areOfThisVolume();
    }

    /** Deletes them, the one that says whose they are last; returns how many that were. */
    public long deleteAll(LongConsumer progress) throws ObjectStoreException {
        String uuidKey = new VolumeLayout(name, false).uuidKey();
        var deleted = new long[1];
        forEach(name + "/", object -> {
            if (!object.key().equals(uuidKey)) {
                store.delete(object.key());
                progress.accept(++deleted[0]);
            }
        });
        store.delete(uuidKey);
        return deleted[0];
    }

    /** The highest slice that has a block in the store; 0 for none. */
    public long highestSlice(boolean hashPrefix, LongConsumer progress) throws ObjectStoreException {
        var layout = new VolumeLayout(name, hashPrefix);
        var found = new long[2];
        forEach(layout.blockPrefix(), object -> {
            layout.blockOf(object.key()).ifPresent(block -> found[0] = Math.max(found[0], block.sliceId()));
            progress.accept(++found[1]);
        });
        return found[0];
    }

    private void forEach(String prefix, Visitor visitor) throws ObjectStoreException {
        @Nullable String after = null;
        List<ObjectInfo> page;
        do {
            page = store.list(prefix, after, ObjectStore.MAX_PAGE);
            for (ObjectInfo object : page) {
                after = object.key();
                visitor.visit(object);
            }
        } while (page.size() == ObjectStore.MAX_PAGE);
    }
}
