package io.blockring.meta.dump;

import io.blockring.meta.FileType;
import org.jspecify.annotations.Nullable;

/** What a dump calls the types of files. */
final class DumpedTypes {
    private DumpedTypes() {}

    static String nameOf(FileType type) {
        return switch (type) {
            case FILE -> "regular";
            case DIRECTORY -> "directory";
            case SYMLINK -> "symlink";
            case FIFO -> "fifo";
            case BLOCK_DEVICE -> "blockdev";
            case CHARACTER_DEVICE -> "chardev";
            case SOCKET -> "socket";
        };
    }

    /** The type of that name; null for none. */
    static @Nullable FileType ofName(String name) {
        for (FileType type : FileType.values()) {
            if (nameOf(type).equals(name)) {
                return type;
            }
        }
        return null;
    }
}
