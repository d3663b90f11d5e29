package io.blockring.fuseclient;

import io.blockring.meta.FileError;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Tells the log why requests failed. A program that gets EIO can only say so; the record, block or server behind it stands
 * here. Of a storm of them some are told and the others counted. What programs ask for wrongly is their own affair.
 */
final class FailureLog {
    /** So many errors are told in each period. */
    static final int MOST = 20;

    static final Duration PERIOD = Duration.ofSeconds(10);

    private final Logger log;
    private final LongSupplier nanos;
    private long periodBegan; // guarded by this
    private int told; // guarded by this
    private long untold; // guarded by this

    FailureLog(Logger log, LongSupplier nanos) {
        this.log = log;
        this.nanos = nanos;
        periodBegan = nanos.getAsLong();
    }

    /**
     * @param opcode what was asked
     * @param inode of what
     */
    void failed(@Nullable Opcode opcode, long inode, FileError error) {
        if (error.kind() != FileError.Kind.IO) {
            log.debug("{} of inode {}: {}: {}", opcode, inode, error.kind(), error.getMessage());
        } else if (mayTell()) {
            log.warn("{} of inode {} failed with EIO: {}", opcode, inode, error.getMessage());
        }
    }

    private synchronized boolean mayTell() {
        long now = nanos.getAsLong();
        if (now - periodBegan >= PERIOD.toNanos()) {
            if (untold > 0) {
                log.warn("{} more requests failed with EIO", untold);
            }
            periodBegan = now;
            told = 0;
            untold = 0;
        }
        if (told < MOST) {
            told++;
            return true;
        }
        untold++;
        return false;
    }
}
