package io.blockring.fuseclient;

import io.blockring.meta.FileError;
import io.blockring.meta.FileType;

/** The mode of Linux: four bits of type above twelve bits of permission. */
final class FileMode {
    static final int PERMISSIONS = 0_7777;
    static final int SET_GROUP_ID = 0_2000;

    private static final int TYPE = 0_170000;
    private static final int TYPE_SHIFT = 12;

    private FileMode() {}

    static int ofType(FileType type) {
        return switch (type) {
            case FIFO -> 0_010000;
            case CHARACTER_DEVICE -> 0_020000;
            case DIRECTORY -> 0_040000;
            case BLOCK_DEVICE -> 0_060000;
            case FILE -> 0_100000;
            case SYMLINK -> 0_120000;
            case SOCKET -> 0_140000;
        };
    }

    /** The type as directory entries name it (DT_REG and its like). */
    static int directoryEntryType(FileType type) {
        return ofType(type) >> TYPE_SHIFT;
    }

    /** The type in {@code mode}; none at all means a file, as for mknod. */
    static FileType type(int mode) throws FileError {
        int wanted = (mode & TYPE) == 0 ? ofType(FileType.FILE) : mode & TYPE;
        for (FileType type : FileType.values()) {
            if (ofType(type) == wanted) {
                return type;
            }
        }
        throw new FileError(FileError.Kind.INVALID, "a mode without a type: " + Integer.toOctalString(mode));
    }
}
