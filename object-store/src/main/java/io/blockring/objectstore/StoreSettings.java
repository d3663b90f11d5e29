package io.blockring.objectstore;

/** How {@link ObjectStores} makes a store; a directory has no use for those of S3. */
public record StoreSettings(S3Settings s3, StoreLimits limits, RetrySettings retries) {
    public static final StoreSettings DEFAULTS =
            new StoreSettings(S3Settings.DEFAULTS, StoreLimits.DEFAULTS, RetrySettings.DEFAULTS);
}
