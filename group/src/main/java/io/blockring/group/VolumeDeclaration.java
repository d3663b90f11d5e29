package io.blockring.group;

import io.blockring.objectstore.VolumeLayout;
import java.util.Objects;
import java.util.UUID;

/**
 * What an administrator says of a volume.
 *
 * @param uuid the volume's own, from its metadata
 * @param blockBytes the most plain bytes that one of its blocks has
 * @param credential under which name nodes find the keys to its storage; the keys never are in the log
 */
public record VolumeDeclaration(
        UUID uuid, VolumeStorage storage, VolumeLayout layout, int blockBytes, String credential) {
    public VolumeDeclaration {
        Objects.requireNonNull(uuid, "uuid");
        Objects.requireNonNull(storage, "storage");
        Objects.requireNonNull(layout.volumeName(), "name");
        Objects.requireNonNull(credential, "credential");
        if (blockBytes <= 0) {
            throw new IllegalArgumentException("blocks have at least one byte, not " + blockBytes);
        }
    }
}
