package io.blockring.meta.engine;

import io.blockring.meta.FileError;
import io.blockring.meta.Name;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where the records of one volume live. Safe for use by many threads.
 *
 * <p>Implementers: RocksDB keeps bytes under keys and validates what was read at the commit. TiKV does the same over
 * the network; a commit whose answer is lost is UNKNOWN unless the lock of its primary key tells. Redis keeps hashes
 * and lists: reads WATCH, writes wait for MULTI, and a lost EXEC is UNKNOWN. No engine retries a transaction; {@link
 * Transactions} does.
 */
public interface MetaEngine extends AutoCloseable {
    /** When the counters of used space and inodes are written. */
    enum UsageCounting {
        /** With the transaction that changes the usage: they are exact. */
        TRANSACTIONAL,
        /** Now and then, by {@link #flushUsage}: no transactions meet there, and a crash may leave them a little off. */
        DEFERRED
    }

    UsageCounting usageCounting();

    /** Whether no other process can have the volume open: every session but ours is dead then. */
    boolean exclusive();

    /**
     * How many records one transaction may read, and how many it may write. A larger one fails with IO: work that can be
     * done in parts is cut by this.
     */
    default int mostRecords() {
        return Integer.MAX_VALUE;
    }

    /** Reads of what is committed now; two of them may see different moments. */
    MetaReads reads();

    /** A look at a name, of one moment. */
    Looked look(long directory, Name name) throws FileError;

    MetaScans scans();

    MetaSnapshot snapshot() throws FileError;

    MetaTransaction begin() throws FileError;

    /**
     * Adds to a counter and returns what it is then. It is durable when this returns, whatever {@link #sync} waits
     * for: an id that was given once is never given again.
     */
    long increment(Counter counter, long delta) throws FileError;

    /** Sets the stamp to {@code value} if it is below {@code value - distance} or missing; whether it did. */
    boolean setIfSmaller(Stamp stamp, long value, long distance) throws FileError;

    /**
     * Writes what deferred counters have gathered, and the sums of directories and quotas where those are gathered; to be
     * called every second. A crash may leave all of these a little off.
     */
    void flushUsage() throws FileError;

    /** Returns once all that was committed before is on stable storage. */
    void sync() throws FileError;

    /**
     * Lets a store that keeps old versions of its records forget those that are older than the volume's URL says; to be
     * called about every hour, by one client at a time. It may take minutes; most engines keep none.
     */
    default void dropOldVersions() throws FileError {}

    /** Since when old versions of records are kept; null where none are. */
    default @Nullable Instant versionsSince() throws FileError {
        return null;
    }

    @Override
    void close();
}
