package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import io.blockring.meta.engine.CommitOutcome;

/**
 * Reads and writes of keys that happen as one. A key that was got is watched; scans are not. What the transaction
 * wrote need not show in its own reads.
 */
interface ByteTransaction extends ByteReads, AutoCloseable {
    void put(byte[] key, byte[] value) throws FileError;

    void delete(byte[] key) throws FileError;

    /** Adds to an 8-byte little-endian number, missing is 0, and conflicts with no other such addition. */
    void add(byte[] key, long delta) throws FileError;

    CommitOutcome commit() throws FileError;

    @Override
    void close();
}
