package io.blockring.mount.jobs;

import io.blockring.meta.StoreKeys;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.volume.Volume;
import io.blockring.meta.volume.VolumeException;
import io.blockring.objectstore.Credentials;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.ObjectStores;
import io.blockring.objectstore.StoreAddress;
import io.blockring.objectstore.VolumeBucket;
import io.blockring.objectstore.codec.BlockCodec;
import io.blockring.objectstore.codec.Passphrase;
import io.blockring.objectstore.codec.VolumeKeyException;
import org.jspecify.annotations.Nullable;

/** The object store of a volume, as its settings name it. */
public final class VolumeStore {
    private VolumeStore() {}

    /** Opens it with the keys that the user gave, else with those of the volume's settings. */
    public static ObjectStore open(Volume volume, @Nullable Credentials given)
            throws VolumeException, ObjectStoreException {
        VolumeFormat format = volume.format();
        StoreAddress address = new VolumeBucket(format.storage(), format.bucket()).address();
        return ObjectStores.open(address, keys(volume, address, given));
    }

    private static @Nullable Credentials keys(Volume volume, StoreAddress address, @Nullable Credentials given)
            throws VolumeException, ObjectStoreException {
        if (given != null || address instanceof StoreAddress.Directory) {
            return given;
        }
        StoreKeys known = volume.storeKeys().orElse(null);
        if (known != null && !known.sessionToken().isEmpty()) {
            throw new ObjectStoreException(
                    ObjectStoreException.Kind.DENIED,
                    "the volume's settings have keys with a session token, which end some day; give keys of your own");
        }
        return known == null ? null : new Credentials(known.accessKey(), known.secretKey());
    }

    /** How its objects are made of blocks. */
    public static BlockCodec codec(VolumeFormat format, Passphrase passphrase) throws VolumeKeyException {
        VolumeFormat.AtRest atRest = format.atRest();
        return BlockCodec.of(atRest.compression(), atRest.encryptAlgorithm(), atRest.encryptKey(), passphrase);
    }
}
