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
 * @param atRest how objects are made of blocks
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
        int trashDays,
        AtRest atRest) {

    /** A volume whose objects are its blocks as they are. */
    public VolumeFormat(
            String name,
            UUID uuid,
            String storage,
            String bucket,
            int blockBytes,
            boolean hashPrefix,
            long capacityBytes,
            long inodeLimit,
            int trashDays) {
        this(name, uuid, storage, bucket, blockBytes, hashPrefix, capacityBytes, inodeLimit, trashDays, AtRest.PLAIN);
    }

    /**
     * How objects are made of blocks, in the words of the volume format: compressed, then encrypted.
     *
     * @param compression {@code none}, {@code lz4} or {@code zstd}
     * @param encryptAlgorithm {@code aes256gcm-rsa} or {@code chacha20-rsa}; empty without a key, or for the former
     * @param encryptKey the RSA private key of the volume, PEM; empty when objects are not encrypted
     */
    public record AtRest(String compression, String encryptAlgorithm, String encryptKey) {
        /** Objects are blocks as they are. */
        public static final AtRest PLAIN = new AtRest("none", "", "");

        /** The algorithm by which objects are encrypted, or {@code none}. */
        public String encryption() {
            if (!isEncrypted()) {
                return "none";
            }
            return encryptAlgorithm.isEmpty() ? "aes256gcm-rsa" : encryptAlgorithm;
        }

        public boolean isEncrypted() {
            return !encryptKey.isEmpty();
        }

        @Override
        public String toString() {
            String key = isEncrypted() ? "(hidden)" : "none";
            return "AtRest[compression=" + compression + ", algorithm=" + encryptAlgorithm + ", key=" + key + "]";
        }
    }
}
