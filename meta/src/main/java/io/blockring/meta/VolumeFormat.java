package io.blockring.meta;

import java.util.UUID;

/**
 * The settings of a volume that its clients need to know.
 *
 * @param name first part of the key of each of its objects
 * @param storage kind of object store: {@code s3}, {@code file}, ...
 * @param bucket URL of the bucket or the directory of the store
 * @param blockBytes plain bytes of a full block, a power of two from 64 KiB to 16 MiB
 * @param hashPrefix whether object keys are spread by a hash in front
 * @param capacityBytes 0 for no limit
 * @param inodeLimit 0 for no limit
 */
public record VolumeFormat(
        String name,
        UUID uuid,
        String storage,
        String bucket,
        int blockBytes,
        boolean hashPrefix,
        long capacityBytes,
        long inodeLimit,
        int trashDays) {}
