package io.blockring.meta.keyvalue;

import io.blockring.meta.FileError;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

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

    /** How many records one transaction may read, and how many it may write. */
    default int mostRecords() {
        return Integer.MAX_VALUE;
    }

    /** Returns once all that was committed before is on stable storage. */
    void sync() throws FileError;

    /** Lets the store forget versions of keys that are older than its owner wants kept; nothing where it keeps none. */
    default void dropOldVersions() throws FileError {}

    /** Since when versions are kept; null where none are. */
    default @Nullable Instant versionsSince() throws FileError {
        return null;
    }

    @Override
    void close();
}
