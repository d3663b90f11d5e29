package io.blockring.cachectl.files;

import io.blockring.block.BlockKey;
import io.blockring.cachectl.CommandFailure;
import io.blockring.cachectl.ExitCode;
import io.blockring.group.VolumeDeclaration;
import io.blockring.group.VolumeStorage;
import io.blockring.meta.VolumeFormat;
import io.blockring.meta.volume.MountOptions;
import io.blockring.meta.volume.Volume;
import io.blockring.meta.volume.VolumeException;
import io.blockring.meta.volume.VolumeHeldException;
import io.blockring.mount.MountControlClient;
import io.blockring.objectstore.ObjectStoreException;
import io.blockring.objectstore.StoreAddress;
import io.blockring.objectstore.VolumeBucket;
import io.blockring.objectstore.VolumeLayout;
import io.blockring.objectstore.codec.Compression;
import io.blockring.proto.mount.MountDescription;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.UUID;

/** What a volume says of itself, read from its metadata, or from the mount that holds them. */
public record VolumeFacts(
        String name,
        UUID uuid,
        String storage,
        String bucket,
        int blockBytes,
        boolean hashPrefix,
        int trashDays,
        String compression,
        String encryption,
        String metaVersionsSince,
        String heldBy) {

    /** Reads the settings of the volume at {@code meta}. */
    public static VolumeFacts of(URI meta) throws VolumeException {
        try (Volume volume = Volume.open(meta, MountOptions.PLAIN.withReadOnly(true))) {
            VolumeFormat format = volume.format();
            return new VolumeFacts(
                    format.name(),
                    format.uuid(),
                    format.storage(),
                    format.bucket(),
                    format.blockBytes(),
                    format.hashPrefix(),
                    format.trashDays(),
                    format.atRest().compression(),
                    format.atRest().encryption(),
                    volume.versionsSince().map(Instant::toString).orElse(""),
                    "");
        } catch (VolumeHeldException e) {
            return askHolder(e);
        }
    }

    private static VolumeFacts askHolder(VolumeHeldException held) throws VolumeHeldException {
        Path socket = held.controlSocket().orElseThrow(() -> held);
        try (var mount = new MountControlClient(socket)) {
            MountDescription found = mount.describe();
            return new VolumeFacts(
                    found.getVolume(),
                    UUID.fromString(found.getVolumeUuid()),
                    found.getStorage(),
                    found.getBucket(),
                    found.getBlockBytes(),
                    found.getHashPrefix(),
                    found.getTrashDays(),
                    found.getCompression(),
                    found.getEncryption(),
                    metaVersionsSince(found),
                    found.getMountPoint() + " (process " + found.getPid() + ")");
        }
    }

    /** Since when the metadata engine keeps old versions of records; empty for one that keeps none. */
    static String metaVersionsSince(MountDescription found) {
        return found.hasMetaVersionsSinceMillis()
                ? Instant.ofEpochMilli(found.getMetaVersionsSinceMillis()).toString()
                : "";
    }

    private VolumeLayout layout() {
        Compression compressed = Compression.of(compression).orElseThrow();
        boolean plain = encryption.isEmpty() || encryption.equals("none"); // an older mount says nothing
        BlockKey.Form form = plain ? BlockKey.Form.PLAIN : BlockKey.Form.STORED;
        return new VolumeLayout(name, hashPrefix, compressed, form);
    }

    /** As a group registers it. */
    public VolumeDeclaration declaration(String credential) throws ObjectStoreException {
        VolumeStorage where = switch (new VolumeBucket(storage, bucket).address()) {
            case StoreAddress.Directory directory ->
                new VolumeStorage("file", directory.path().toString(), "");
            case StoreAddress.S3 s3
            when s3.endpoint() == null ->
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "NO_ENDPOINT",
                        "volume " + name + " cannot be added to a group",
                        "its bucket is at AWS without an endpoint, and nodes are told an endpoint",
                        "cachectl volume create NAME --endpoint https://s3." + s3.region() + ".amazonaws.com ...");
            case StoreAddress.S3 s3 -> new VolumeStorage("s3", s3.bucket(), String.valueOf(s3.endpoint()));
        };
        return new VolumeDeclaration(uuid, where, layout(), blockBytes, credential);
    }
}
