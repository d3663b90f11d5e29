package io.blockring.etcdclient;

/** A key and its value; neither is to be changed. */
public final class EtcdPair {
    private final byte[] key;
    private final byte[] value;
    private final long revision;

    EtcdPair(byte[] key, byte[] value, long revision) {
        this.key = key;
        this.value = value;
        this.revision = revision;
    }

    public byte[] key() {
        return key;
    }

    public byte[] value() {
        return value;
    }

    /** When it was written last, as the cluster counts moments. */
    long revision() {
        return revision;
    }
}
