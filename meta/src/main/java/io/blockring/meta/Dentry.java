package io.blockring.meta;

import org.jspecify.annotations.Nullable;

/** One entry of a directory: its name, what it names, and the attributes where the reader asked for them. */
public record Dentry(
        Name name, long inode, FileType type, @Nullable Attr attr) {}
