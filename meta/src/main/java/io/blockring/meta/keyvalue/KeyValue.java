package io.blockring.meta.keyvalue;

/** A key and what is stored under it; neither is to be changed. */
final class KeyValue {
    private final byte[] key;
    private final byte[] value;

    KeyValue(byte[] key, byte[] value) {
        this.key = key;
        this.value = value;
    }

    byte[] key() {
        return key;
    }

    byte[] value() {
        return value;
    }
}
