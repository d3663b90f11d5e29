package io.blockring.cachenode;

import io.blockring.group.VolumeDeclaration;
import io.blockring.objectstore.ObjectStore;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Opens the object stores of volumes, with the keys that this node was given for them. */
@FunctionalInterface
public interface StoreOpener {
    /**
     * The object store of a volume, or null when this node has no keys for it.
     *
     * @throws IOException when it cannot be opened now
     */
    @Nullable
    ObjectStore open(VolumeDeclaration volume) throws IOException;
}
