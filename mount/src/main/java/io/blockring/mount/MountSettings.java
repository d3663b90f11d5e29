package io.blockring.mount;

import io.blockring.fuseclient.FuseSettings;
import io.blockring.meta.AccessTimes;
import io.blockring.meta.cache.CacheTimes;
import io.blockring.meta.volume.Volume;
import io.blockring.objectstore.Credentials;
import io.blockring.objectstore.codec.Passphrase;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a user decides about a mount.
 *
 * @param metaUrl the volume's metadata engine
 * @param credentials keys to its object store; null where it needs none
 * @param passphrase of the volume's key, when its objects are encrypted
 * @param group name of the cache group, empty for none
 * @param seeds control addresses of some of its nodes
 * @param readOnly nothing at all is written, not even a time of access
 * @param accessTimes what a read does to the time of access
 * @param cacheTimes for how long the client, and the kernel after it, believe the metadata; {@code fuse} need not say it
 */
public record MountSettings(
        URI metaUrl,
        Path mountPoint,
        @Nullable Credentials credentials,
        Passphrase passphrase,
        String group,
        List<String> seeds,
        boolean readOnly,
        AccessTimes accessTimes,
        CacheTimes cacheTimes,
        FuseSettings fuse) {
    public MountSettings {
        seeds = List.copyOf(seeds);
        if (!group.isEmpty() && seeds.isEmpty()) {
            throw new IllegalArgumentException("group " + group + " cannot be found without seeds");
        }
    }

    /** How the kernel is served, with the times of trust of this mount. */
    FuseSettings fuseWithTrust() {
        return fuse.withTrust(new FuseSettings.Trust(
                cacheTimes.attributes(),
                cacheTimes.entries(),
                cacheTimes.directoryEntries(),
                cacheTimes.missingEntries()));
    }

    /** The URL without user and password. */
    String shownMetaUrl() {
        return Volume.shownUrl(metaUrl.toString());
    }
}
