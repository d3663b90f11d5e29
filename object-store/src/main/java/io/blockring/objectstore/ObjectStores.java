package io.blockring.objectstore;

import static io.blockring.objectstore.ObjectStoreException.Kind.DENIED;

import org.jspecify.annotations.Nullable;

/** Makes stores as processes use them: what fails is repeated, within limits, and counted. */
public final class ObjectStores {
    private ObjectStores() {}

    /** Opens a store with the usual settings, and counts nothing. */
    public static ObjectStore open(StoreAddress address, @Nullable Credentials credentials)
            throws ObjectStoreException {
        return open(address, credentials, StoreSettings.DEFAULTS, new StoreMeter());
    }

    /**
     * Opens a store. A bucket is not asked anything yet, a directory must be there.
     *
     * @param credentials needed for S3
     * @param meter counts the calls that reach the store, with those that are repeated
     */
    public static ObjectStore open(
            StoreAddress address, @Nullable Credentials credentials, StoreSettings settings, StoreMeter meter)
            throws ObjectStoreException {
        ObjectStore store = switch (address) {
            case StoreAddress.S3 s3 -> S3ObjectStore.open(s3, required(credentials, s3), settings.s3());
            case StoreAddress.Directory directory -> LocalObjectStore.open(directory.path());
        };
        return new RetryingObjectStore(
                new LimitedObjectStore(new MeteredObjectStore(store, meter), settings.limits()), settings.retries());
    }

    private static Credentials required(@Nullable Credentials credentials, StoreAddress.S3 address)
            throws ObjectStoreException {
        if (credentials == null) {
            throw new ObjectStoreException(
                    DENIED,
                    "no credentials for bucket '" + address.bucket()
                            + "': set BLOCKRING_ACCESS_KEY and BLOCKRING_SECRET_KEY, or name a credentials file");
        }
        return credentials;
    }
}
