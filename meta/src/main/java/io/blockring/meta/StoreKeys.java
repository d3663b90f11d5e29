package io.blockring.meta;

/**
 * Keys to the object store of a volume, as its settings have them. The secrets are in no text that this class makes.
 *
 * @param sessionToken of keys that end some day; empty for others
 */
public record StoreKeys(String accessKey, String secretKey, String sessionToken) {
    @Override
    public String toString() {
        return "StoreKeys[accessKey=" + accessKey + ", (hidden)]";
    }
}
