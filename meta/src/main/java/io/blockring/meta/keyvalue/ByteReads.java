package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads of keys in the order of their unsigned bytes. */
interface ByteReads {
    byte @Nullable [] get(byte[] key) throws FileError;

    /** The values of many keys in one round trip, in their order. */
    List<byte @Nullable []> getAll(List<byte[]> keys) throws FileError;

    /** At most {@code limit} pairs from {@code from} on and before {@code to}; fewer only at the end. */
    List<KeyValue> scan(byte[] from, byte[] to, int limit) throws FileError;

    /** The last {@code limit} pairs from {@code from} on and before {@code to}, the last one first. */
    List<KeyValue> scanBack(byte[] from, byte[] to, int limit) throws FileError;
}
