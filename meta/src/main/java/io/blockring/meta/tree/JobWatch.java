package io.blockring.meta.tree;

import io.blockring.meta.FileError;
import io.blockring.meta.Name;

/** Who follows a job over a whole tree: hears how far it is, and may end it. Called by many threads. */
public interface JobWatch {
    /** Nobody follows, and nobody ends it. */
    JobWatch NONE = new JobWatch() {};

    /** How much there is to do, as far as it is known; more may turn up. */
    default void expects(long items, long bytes) {}

    /** So much more is done. */
    default void advanced(long items, long bytes) {}

    /** One item could not be done; the job goes on. {@code path} is below where the job began. */
    default void failed(String path, FileError why) {}

    /** A name of a directory came, went, or names something else. */
    default void entryChanged(long directory, Name name) {}

    /** Attributes or data of an inode changed. */
    default void inodeChanged(long inode) {}

    /** Whether the job is to end early; it ends with INTERRUPTED. */
    default boolean isStopped() {
        return false;
    }

    /** Fails with INTERRUPTED when the job is to end. */
    default void requireGoingOn() throws FileError {
        if (isStopped()) {
            throw new FileError(FileError.Kind.INTERRUPTED, "the job was ended");
        }
    }
}
