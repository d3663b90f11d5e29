package io.blockring.mount;

import io.blockring.cacheclient.BlockCache;
import io.blockring.cacheclient.BlockCacheSettings;
import io.blockring.cacheclient.GroupAddress;
import io.blockring.meta.VolumeFormat;
import io.blockring.objectstore.ObjectStore;
import io.blockring.objectstore.VolumeLayout;
import io.blockring.objectstore.codec.BlockCodec;

/** Makes the block cache of a mount: through its group where it has one, over the object store alone else. */
final class CacheOfVolume {
    private CacheOfVolume() {}

    static BlockCache open(
            MountSettings settings, VolumeFormat format, ObjectStore store, VolumeLayout layout, BlockCodec codec) {
        if (settings.group().isEmpty()) {
            return new BlockCache(store, layout, codec);
        }
        var group = new GroupAddress(settings.group(), settings.seeds(), format.uuid());
        return new BlockCache(store, layout, codec, group, BlockCacheSettings.DEFAULT);
    }
}
