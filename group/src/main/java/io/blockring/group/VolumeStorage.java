package io.blockring.group;

import java.util.Objects;

/**
 * Where the objects of a volume are; with its UUID it identifies the volume.
 *
 * @param storage kind of store: {@code s3} or {@code file}
 * @param bucket bucket, or directory
 * @param endpoint URL of the store; empty for the usual one
 */
public record VolumeStorage(String storage, String bucket, String endpoint) {
    public VolumeStorage {
        Objects.requireNonNull(endpoint, "endpoint");
        if (storage.isEmpty() || bucket.isEmpty()) {
            throw new IllegalArgumentException("a volume's storage has a kind and a bucket or directory");
        }
    }

    @Override
    public String toString() {
        return storage + "://" + bucket + (endpoint.isEmpty() ? "" : " at " + endpoint);
    }
}
