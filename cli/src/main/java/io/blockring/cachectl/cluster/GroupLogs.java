package io.blockring.cachectl.cluster;

import io.blockring.cachectl.StoreKeys;
import io.blockring.group.LogStore;
import io.blockring.group.ObjectLogStore;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.ObjectStores;
import io.blockring.objectstore.StoreAddress;

/** The log of a group in its object store, without the retries that a log must not have. */
record GroupLogs(ObjectStore objects, LogStore log) implements AutoCloseable {
    static GroupLogs open(StoreAddress address, StoreKeys keys) throws ObjectStoreException {
        ObjectStore bare = ObjectStores.openBare(address, keys.forStore(address));
        return new GroupLogs(bare, new ObjectLogStore(bare));
    }

    @Override
    public void close() {
        objects.close();
    }
}
