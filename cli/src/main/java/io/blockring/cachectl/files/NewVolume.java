package io.blockring.cachectl.files;

import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.ExitCode;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.VolumeFormat.AtRest;
import io.blockring.meta.tree.Upkeep;
import io.blockring.meta.volume.Volume;
import io.blockring.meta.volume.VolumeException;
import io.blockring.objectstore.Credentials;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStore.PutCondition;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.ObjectStores;
import io.blockring.objectstore.RetrySettings;
import io.blockring.objectstore.S3Settings;
import io.blockring.objectstore.StoreAddress;
import io.blockring.objectstore.StoreLimits;
import io.blockring.objectstore.StoreMeter;
import io.blockring.objectstore.StoreSettings;
import io.blockring.objectstore.VolumeBucket;
import io.blockring.objectstore.VolumeLayout;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Makes a volume: proves that its store can be written, puts its name on the bucket, and writes its metadata. */
public record NewVolume(
        String name,
        URI meta,
        StoreAddress address,
        int blockBytes,
        boolean hashPrefix,
        long capacityBytes,
        int trashDays,
        AtRest atRest,
        Upkeep upkeep,
        boolean acl) {

    /** Somebody waits for the answer: a store that does not answer by then is said to be away. */
    private static final StoreSettings IMPATIENT = new StoreSettings(
            S3Settings.DEFAULTS,
            StoreLimits.DEFAULTS,
            new RetrySettings(
                    Duration.ofSeconds(5), Duration.ofMillis(50), Duration.ofSeconds(1), Duration.ofSeconds(1)));

    /** Makes it; nothing stays in the store when the metadata could not be written. */
    public VolumeFormat create(@Nullable Credentials credentials) throws ObjectStoreException, VolumeException {
        VolumeBucket bucket = VolumeBucket.of(address);
        var format = new VolumeFormat(
                name,
                UUID.randomUUID(),
                bucket.storage(),
                bucket.bucket(),
                blockBytes,
                hashPrefix,
                capacityBytes,
                0,
                trashDays,
                atRest);
        var layout = new VolumeLayout(name, hashPrefix);
        try (ObjectStore store = ObjectStores.open(address, credentials, IMPATIENT, new StoreMeter())) {
            claim(store, layout, format.uuid());
            boolean made = false;
            try {
                Volume.create(meta, format, upkeep, acl);
                made = true;
            } finally {
                if (!made) {
                    store.delete(layout.uuidKey());
                }
            }
        }
        return format;
    }

    private void claim(ObjectStore store, VolumeLayout layout, UUID uuid) throws ObjectStoreException {
        var text = MemorySegment.ofArray(uuid.toString().getBytes(StandardCharsets.US_ASCII));
        try {
            store.put(layout.uuidKey(), text, PutCondition.IF_ABSENT);
        } catch (ObjectStoreException e) {
            if (e.kind() != ObjectStoreException.Kind.EXISTS) {
                throw e;
            }
            throw new CommandFailure(
                            ExitCode.CONFLICT,
                            "NAME_TAKEN",
                            "volume " + name + " was not created",
                            "there is a volume of that name in the same bucket: object " + layout.uuidKey(),
                            "cachectl volume create OTHER_NAME ...   or another bucket")
                    .causedBy(e);
        }
    }
}
