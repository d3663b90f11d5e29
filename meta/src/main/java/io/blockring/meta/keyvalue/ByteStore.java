package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;

/** Ordered keys and values with optimistic transactions. Safe for use by many threads. */
interface ByteStore extends AutoCloseable {
    /** Reads of one moment. */
    interface Snapshot extends ByteReads, AutoCloseable {
        @Override
        void close();
    }

    /** Reads of what is committed now. */
    ByteReads latest();

    Snapshot snapshot() throws FileError;

    ByteTransaction begin() throws FileError;

    /** Whether this process alone can have the store open. */
    boolean exclusive();

    /** Returns once all that was committed before is on stable storage. */
    void sync() throws FileError;

    @Override
    void close();
}
