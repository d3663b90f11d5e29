package io.blockring.filesystem;

import io.blockring.meta.AccessTimes;
import io.blockring.meta.Attr;
import io.blockring.meta.FileError;
import io.blockring.meta.Timestamp;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Times of access. Whether one is due is seen from what is known, and it is recorded in the background: a read never waits
 * for it, nor fails with it. Until then it is shown as if it were recorded. Safe for use by many threads.
 */
final class Accesses {
    private static final Logger LOG = LoggerFactory.getLogger(Accesses.class);

    /** After a time that could not be recorded, the inode's next one waits so long. */
    private static final long SECONDS_AFTER_FAILURE = 60;

    private final OpenFiles files;
    private final FileWriter writer;
    private final Executor background;
    private final InstantSource clock;
    private final AccessTimes times;

    Accesses(OpenFiles files, FileWriter writer, Executor background, InstantSource clock, AccessTimes times) {
        this.files = files;
        this.writer = writer;
        this.background = background;
        this.clock = clock;
        this.times = times;
    }

    /** Where attributes of an inode come from. */
    @FunctionalInterface
    interface Attributes {
        Attr of(long inode) throws FileError;
    }

    /** Data of an open file was read. */
    void noteRead(OpenInode inode) {
        if (times != AccessTimes.NOATIME) {
            note(inode, null);
        }
    }

    /** A directory or a symlink was read. */
    void noteRead(long number, Attributes attributes) {
        if (times == AccessTimes.NOATIME) {
            return;
        }
        OpenInode inode = files.enter(number);
        try {
            note(inode, attributes.of(number));
        } catch (FileError e) {
            LOG.debug("whether the time of access of inode {} is due is not known", number, e);
        } finally {
            files.leave(inode);
        }
    }

    private void note(OpenInode inode, @Nullable Attr attr) {
        Timestamp now = Timestamp.of(clock.instant());
        if (!inode.beginAccess(attr, now, times)) {
            return;
        }
        OpenInode used = files.enter(inode.number());
        try {
            background.execute(() -> record(used, now));
        } catch (RejectedExecutionException e) {
            LOG.debug("the file system ends: no time of access for inode {}", inode.number(), e);
            files.leave(used);
        }
    }

    private void record(OpenInode inode, Timestamp now) {
        try {
            writer.recordAccess(inode, times);
        } catch (FileError e) {
            LOG.warn("the time of access of inode {} was not recorded: {}", inode.number(), e.getMessage());
            inode.failAccess(new Timestamp(now.seconds() + SECONDS_AFTER_FAILURE, now.nanos()));
        } finally {
            files.leave(inode);
        }
    }
}
