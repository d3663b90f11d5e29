package io.blockring.meta;

import org.jspecify.annotations.Nullable;

/**
 * What a caller wants changed of an inode; what is null stays. A new length is no part of it: see
 * {@link FileTree#truncate}.
 */
public record AttrChange(
        @Nullable Integer mode,
        @Nullable Integer uid,
        @Nullable Integer gid,
        @Nullable Time atime,
        @Nullable Time mtime,
        @Nullable Timestamp ctime) {

    /** A time to set: a given one, or the time of the change. */
    public sealed interface Time {
        record At(Timestamp time) implements Time {}

        record Now() implements Time {}
    }
}
