package io.blockring.meta.tree;

import io.blockring.meta.Attr;
import io.blockring.meta.FileError;

/** The flags of an inode that forbid changes. */
final class Flags {
    static final int IMMUTABLE = 1;
    static final int APPEND_ONLY = 2;
    static final int SKIP_TRASH = 32;

    private Flags() {}

    static void requireNone(Attr attr, int flags) throws FileError {
        if ((attr.flags() & flags) != 0) {
            throw new FileError(FileError.Kind.NOT_PERMITTED, "the inode is immutable or append-only");
        }
    }
}
