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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes a volume: proves that its store can be written, puts its name on the bucket, and writes its metadata. */
public record NewVolume(
        String name,
        URI meta,
        StoreAddress address,
        long blockBytes,
        boolean hashPrefix,
        long capacityBytes,
        int trashDays,
        AtRest atRest,
        Upkeep upkeep,
        boolean acl) {

    /** What the volume format allows as a name: it is the first part of every object's key. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{1,61}[a-z0-9]");

    private static final long LEAST_BLOCK_BYTES = 64 << 10;
    private static final long LARGEST_BLOCK_BYTES = 16 << 20;

    /** Somebody waits for the answer: a store that does not answer by then is said to be away. */
    private static final StoreSettings IMPATIENT = new StoreSettings(
            S3Settings.DEFAULTS,
            StoreLimits.DEFAULTS,
            new RetrySettings(
                    Duration.ofSeconds(5), Duration.ofMillis(50), Duration.ofSeconds(1), Duration.ofSeconds(1)));

    public NewVolume {
        if (!NAME.matcher(name).matches()) {
            throw VolumeCommand.notMade(
                    "'" + name + "' is no name of a volume: 3 to 63 of a-z, 0-9 and -, no - at either end");
        }
        if (Long.bitCount(blockBytes) != 1 || blockBytes < LEAST_BLOCK_BYTES || blockBytes > LARGEST_BLOCK_BYTES) {
            throw VolumeCommand.notMade("a block of " + blockBytes + " bytes is no power of two from 64KiB to 16MiB");
        }
        if (trashDays < 0) {
            throw VolumeCommand.notMade(trashDays + " days in the trash are below 0");
        }
    }

    /** Makes it; nothing stays in the store when the metadata could not be written. */
    public VolumeFormat create(@Nullable Credentials credentials) throws ObjectStoreException, VolumeException {
        VolumeBucket bucket = VolumeBucket.of(address);
        var format = new VolumeFormat(
                name,
                UUID.randomUUID(),
                bucket.storage(),
                bucket.bucket(),
                (int) blockBytes,
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
