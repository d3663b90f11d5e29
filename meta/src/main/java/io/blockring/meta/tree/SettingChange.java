package io.blockring.meta.tree;

import org.jspecify.annotations.Nullable;

/**
 * New values for settings of a volume; what is null stays as it is.
 *
 * @param capacityBytes 0 for no limit
 * @param inodeLimit 0 for no limit
 * @param minClientVersion the least client version that may use the volume, empty for any
 */
public record SettingChange(
        @Nullable Integer trashDays,
        @Nullable Long capacityBytes,
        @Nullable Long inodeLimit,
        @Nullable Boolean directoryStats,
        @Nullable Boolean enableAcl,
        @Nullable String storage,
        @Nullable String bucket,
        @Nullable String accessKey,
        @Nullable String secretKey,
        @Nullable String minClientVersion,
        @Nullable String maxClientVersion) {
    /** Whether mounts keep to the old values until they are mounted again. */
    public boolean needsRemount() {
        return storage != null || bucket != null || accessKey != null || secretKey != null;
    }

    @Override
    public String toString() {
        return "SettingChange[trashDays=" + trashDays + ", capacityBytes=" + capacityBytes + ", ...]";
    }
}
