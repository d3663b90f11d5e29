package io.blockring.cachenode;

import io.blockring.block.BlockKey;
import io.blockring.group.GroupVolume;
import io.blockring.group.VolumeDeclaration;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.VolumeLayout;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The object stores of the volumes that a node serves, each opened when its first block is missed. */
final class VolumeStores implements AutoCloseable {
    /** An open store and the names of the objects in it. */
    record VolumeObjects(ObjectStore store, VolumeLayout layout) {
        /** The name of the object of a block. */
        String nameOf(BlockKey.Slice key) {
            return layout.blockKey(key.sliceId(), key.index(), key.plainBytes());
        }
    }

    private record Opened(VolumeDeclaration declared, ObjectStore store) {}

    private final StoreOpener opener;
    private final Map<Integer, Opened> opened = new HashMap<>();
    private final Set<Integer> withoutKeys = new HashSet<>();

    VolumeStores(StoreOpener opener) {
        this.opener = opener;
    }

    /** The objects of a volume, or null when this node has no keys for them; keys that come later are seen. */
    synchronized @Nullable VolumeObjects of(GroupVolume volume) throws IOException {
        Opened known = opened.get(volume.volumeId());
        if (known == null || !known.declared.equals(volume.declared())) {
            ObjectStore store = opener.open(volume.declared());
            if (store == null) {
                withoutKeys.add(volume.volumeId());
                return null;
            }
            if (known != null) {
                known.store.close();
            }
            withoutKeys.remove(volume.volumeId());
            known = new Opened(volume.declared(), store);
            opened.put(volume.volumeId(), known);
        }
        return new VolumeObjects(known.store, volume.declared().layout());
    }

    /** Whether this node can read the objects of a volume, as far as it has tried. */
    synchronized boolean hasKeys(int volumeId) {
        return !withoutKeys.contains(volumeId);
    }

    @Override
    public synchronized void close() {
        opened.values().forEach(volume -> volume.store.close());
        opened.clear();
    }
}
