package io.blockring.mount.jobs;

import io.blockring.meta.FileError;
import io.blockring.objectstore.ObjectStoreException;
import java.io.IOException;

/** What failed below a walk over objects: the store, or the disk of this machine. */
final class StoreFailures {
    private StoreFailures() {}

    static FileError of(IOException e) throws ObjectStoreException {
        if (e instanceof ObjectStoreException ofStore) {
            throw ofStore;
        }
        return new FileError(FileError.Kind.IO, "a temporary file could not be written or read: " + e.getMessage(), e);
    }
}
