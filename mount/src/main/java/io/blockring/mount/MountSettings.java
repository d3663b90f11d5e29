package io.blockring.mount;

import io.blockring.fuseclient.FuseSettings;
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
 */
public record MountSettings(
        URI metaUrl,
        Path mountPoint,
        @Nullable Credentials credentials,
        Passphrase passphrase,
        String group,
        List<String> seeds,
        boolean readOnly,
        FuseSettings fuse) {
    public MountSettings {
        seeds = List.copyOf(seeds);
        if (!group.isEmpty() && seeds.isEmpty()) {
            throw new IllegalArgumentException("group " + group + " cannot be found without seeds");
        }
    }

    /** The URL without user and password. */
    String shownMetaUrl() {
        return metaUrl.toString().replaceFirst("//[^/@]*@", "//");
    }
}
