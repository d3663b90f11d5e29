package io.blockring.tikvclient;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads of keys in the order of their unsigned bytes. A key with an empty value counts as missing. */
public interface TikvReader {
    /** The value of a key; null when there is none. */
    byte @Nullable [] get(byte[] key) throws TikvException;

    /** The values of many keys, in their order; null for those that have none. */
    List<byte @Nullable []> getAll(List<byte[]> keys) throws TikvException;

    /** At most {@code limit} pairs from {@code from} on and before {@code to}; fewer only at the end. */
    List<TikvPair> scan(byte[] from, byte[] to, int limit) throws TikvException;

    /** The last {@code limit} pairs from {@code from} on and before {@code to}, the last one first. */
    List<TikvPair> scanBack(byte[] from, byte[] to, int limit) throws TikvException;
}
