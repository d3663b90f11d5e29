package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.CommitOutcome;
import java.util.List;

/**
 * Reads and writes of keys that happen as one. A key that was got is watched; scans are not. What the transaction
 * wrote need not show in its own reads.
 */
interface ByteTransaction extends ByteReads, AutoCloseable {
    /** Reads keys at once that will be got one by one, where a single read costs a round trip. */
    default void expect(List<byte[]> keys) throws FileError {}

    /** Fails with INVALID when the value is empty and the store keeps no such. */
    void put(byte[] key, byte[] value) throws FileError;

    void delete(byte[] key) throws FileError;

    /** Deletes all keys that begin so, of which there are few. */
    default void deleteAll(byte[] beginning) throws FileError {
        for (KeyValue pair : scan(beginning, KeyLayout.behind(beginning), Integer.MAX_VALUE)) {
            delete(pair.key());
        }
    }

    /** Adds to an 8-byte little-endian number, missing is 0, and conflicts with no other such addition. */
    void add(byte[] key, long delta) throws FileError;

    /** For stores that cannot tell an empty value from none. */
    static void requireValue(byte[] value) throws FileError {
        if (value.length == 0) {
            throw new FileError(FileError.Kind.INVALID, "the metadata engine of this volume keeps no empty values");
        }
    }

    CommitOutcome commit() throws FileError;

    @Override
    void close();
}
