package io.blockring.tikvclient;

/** A key and its value; neither is to be changed. */
public final class TikvPair {
    private final byte[] key;
    private final byte[] value;

    TikvPair(byte[] key, byte[] value) {
        this.key = key;
        this.value = value;
    }

    public byte[] key() {
        return key;
    }

    public byte[] value() {
        return value;
    }
}
