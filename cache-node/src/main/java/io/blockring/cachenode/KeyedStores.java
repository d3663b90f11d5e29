package io.blockring.cachenode;

import io.blockring.group.VolumeDeclaration;
import io.blockring.group.VolumeStorage;
import io.blockring.objectstore.Credentials;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.ObjectStores;
import io.blockring.objectstore.StoreAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens volumes' stores with keys that this machine has under the names that the group's log gives. */
public final class KeyedStores implements StoreOpener {
    /** The keys of a machine: of a file that only its owner may read, or of the environment. */
    @FunctionalInterface
    public interface Keys {
        /** The keys called so, if there are any. */
        Optional<Credentials> of(String reference) throws ObjectStoreException;
    }

    private final Keys keys;

    public KeyedStores(Keys keys) {
        this.keys = keys;
    }

    @Override
    public @Nullable ObjectStore open(VolumeDeclaration volume) throws IOException {
        VolumeStorage storage = volume.storage();
        if (storage.storage().equals("file")) {
            return ObjectStores.open(new StoreAddress.Directory(Path.of(storage.bucket())), null);
        }
        Optional<Credentials> credentials = keys.of(volume.credential());
        if (credentials.isEmpty()) {
            return null;
        }
        String endpoint = storage.endpoint().isEmpty() ? null : storage.endpoint();
        StoreAddress address = StoreAddress.parse(storage.storage() + "://" + storage.bucket(), endpoint, null);
        return ObjectStores.open(address, credentials.get());
    }
}
