package io.blockring.meta.engine;

import io.blockring.meta.FileType;

/** What an entry of a directory names. */
public record Child(FileType type, long inode) {
    public boolean isDirectory() {
        return type == FileType.DIRECTORY;
    }
}
