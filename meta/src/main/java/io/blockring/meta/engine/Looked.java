package io.blockring.meta.engine;

import io.blockring.meta.Attr;
import io.blockring.meta.Entry;
import org.jspecify.annotations.Nullable;

/**
 * What a look at a name in a directory saw at one moment.
 *
 * @param entry the inode of that name with its attributes; null where there is no such name, or no such inode
 * @param directory the attributes of the directory, where it is one that there is and {@code entry} is null
 */
public record Looked(@Nullable Entry entry, @Nullable Attr directory) {}
