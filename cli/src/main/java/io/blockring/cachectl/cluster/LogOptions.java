package io.blockring.cachectl.cluster;

import io.blockring.cachectl.StoreKeys;
import io.blockring.group.ObjectLogStore;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.StoreAddress;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where the log of a group is. */
final class LogOptions {
    @Option(
            names = "--group-log",
            required = true,
            paramLabel = "STORE",
            description = "Store of the group's log: s3://bucket or file:///directory.")
    private String store = "";

    @Option(names = "--group-log-endpoint", paramLabel = "URL", description = "S3 server of that bucket; none is AWS.")
    private @Nullable String endpoint;

    @Option(names = "--group-log-region", paramLabel = "REGION", description = "Region of that bucket, at AWS.")
    private @Nullable String region;

    @Mixin
    StoreKeys keys = new StoreKeys();

    StoreAddress address() throws ObjectStoreException {
        return StoreAddress.parse(store, endpoint, region);
    }

    ObjectLogStore open() throws ObjectStoreException {
        StoreAddress address = address();
        return ObjectLogStore.open(address, keys.forStore(address));
    }
}
